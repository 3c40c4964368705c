#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/parameter.h"

namespace quantbench {

namespace detail {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Value = T;
};

template <typename T>
constexpr Parameter::Type type_of() {
  if constexpr (IsOptional<T>::value) {
    return type_of<typename IsOptional<T>::Value>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return Parameter::Type::kBool;
  } else if constexpr (std::is_integral_v<T>) {
    return Parameter::Type::kInteger;
  } else if constexpr (std::is_floating_point_v<T>) {
    return Parameter::Type::kNumber;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Parameter::Type::kString;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return Parameter::Type::kStrings;
  } else {
    static_assert(std::is_same_v<T, std::map<std::string, std::int64_t>>);
    return Parameter::Type::kMap;
  }
}

}  // namespace detail

/// The parameters of a struct: one list that declares them, reads the struct from JSON and writes
/// it. Defaults come from the struct, unless others are given; the entries of a map are added to
/// its defaults.
///
///     Fields<Options>().add(&Options::per_channel, {.name = "per_channel", .help = "..."})
template <typename Struct>
class Fields {
 public:
  Fields() = default;
  /// With other defaults than the struct's own.
  explicit Fields(Struct defaults) : defaults_(std::move(defaults)) {}

  /// A member of type bool, a number, std::string, std::vector<std::string>, std::map<std::string,
  /// std::int64_t>, or std::optional of one of them (null: nullopt).
  template <typename Member>
  Fields& add(Member Struct::*member, Parameter declared) {
    declared.type = detail::type_of<Member>();
    declared.integers = declared.type == Parameter::Type::kMap;
    if constexpr (detail::IsOptional<Member>::value) declared.nullable = true;
    const auto write = [member](const Struct& from) -> Json {
      if constexpr (detail::IsOptional<Member>::value) {
        return from.*member ? Json(*(from.*member)) : Json();
      } else {
        return Json(from.*member);
      }
    };
    const auto read = [member](const Json& value, Struct& to) {
      if constexpr (detail::IsOptional<Member>::value) {
        to.*member = value.get<typename detail::IsOptional<Member>::Value>();
      } else if constexpr (detail::type_of<Member>() == Parameter::Type::kMap) {
        for (const auto& [key, one] : value.items())
          (to.*member)[key] = one.template get<std::int64_t>();
      } else {
        to.*member = value.get<Member>();
      }
    };
    return add(std::move(declared), read, write);
  }

  /// A member that has one of these named values.
  template <typename Member>
  Fields& choice(Member Struct::*member, const std::vector<std::pair<std::string, Member>>& values,
                 Parameter declared) {
    declared.type = Parameter::Type::kString;
    for (const auto& [name, value] : values) declared.allowed.push_back(name);
    const auto write = [member, values](const Struct& from) -> Json {
      for (const auto& [name, value] : values) {
        if (value == from.*member) return name;
      }
      return nullptr;
    };
    const auto read = [member, values](const Json& json, Struct& to) {
      for (const auto& [name, value] : values) {
        if (json == name) to.*member = value;
      }
    };
    return add(std::move(declared), read, write);
  }

  /// One that is declared and checked, but has no member.
  Fields& declare(Parameter declared) {
    fields_.push_back({std::move(declared), {}, {}});
    return *this;
  }

  Parameters parameters() const {
    Parameters out;
    for (const Field& field : fields_) out.push_back(field.declared);
    return out;
  }

  /// Missing keys and null leave the member's default. Throws Error naming the key whose value is
  /// of another type.
  Struct read(const Json& json) const {
    Struct out = defaults_;
    for (const Field& field : fields_) {
      const auto found = json.find(field.declared.name);
      if (found == json.end() || found->is_null() || !field.read) continue;
      try {
        field.read(*found, out);
      } catch (const Json::exception&) {
        throw Error("is " + found->dump() + ", expected " + expectation(field.declared),
                    field.declared.name);
      }
    }
    return out;
  }

  /// Every member, defaults too.
  Json write(const Struct& from) const {
    Json out = Json::object();
    for (const Field& field : fields_) {
      if (field.write) out[field.declared.name] = field.write(from);
    }
    return out;
  }

 private:
  struct Field {
    Parameter declared;
    std::function<void(const Json&, Struct&)> read;
    std::function<Json(const Struct&)> write;
  };

  Fields& add(Parameter declared, std::function<void(const Json&, Struct&)> read,
              std::function<Json(const Struct&)> write) {
    if (!declared.has_fallback()) declared.fallback = write(defaults_);
    if (declared.fallback.is_null()) declared.nullable = true;
    fields_.push_back({std::move(declared), std::move(read), std::move(write)});
    return *this;
  }

  Struct defaults_{};
  std::vector<Field> fields_;
};

}  // namespace quantbench
