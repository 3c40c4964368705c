#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

// A record is a struct with one list of its fields. The list makes the struct's JSON, the check on
// reading it back, and a description of its form:
//
//     struct Result {
//       std::int64_t samples = 0;
//       std::optional<std::string> remark;
//       static constexpr auto fields() {
//         return std::tuple(field("samples", &Result::samples), field("remark", &Result::remark));
//       }
//     };
//
// A field is a bool, a number, a string, a path, Json, a record, a type with to_json() and
// from_json(), or a vector, an optional or a map by string of these. Not for what users write: a
// spec's parameters have defaults, ranges and help (fields.h).

namespace quantbench {

/// A field of a record, by its key in JSON.
template <typename Struct, typename Member>
struct RecordField {
  std::string_view name;
  Member Struct::*member;
  bool is_large = false;
};

template <typename Struct, typename Member>
constexpr RecordField<Struct, Member> field(std::string_view name, Member Struct::*member) {
  return {name, member};
}

/// A field of type Json or std::optional that is too large to be kept where no one reads it: null
/// stands for it there (see without_large_fields).
template <typename Struct, typename Member>
constexpr RecordField<Struct, Member> large_field(std::string_view name, Member Struct::*member) {
  return {name, member, true};
}

template <typename T>
concept Record = requires {
  std::decay_t<T>::fields();
};

/// Writes and reads its own JSON.
template <typename T>
concept Document = !Record<T> && requires(const std::decay_t<T>& value) {
  { value.to_json() } -> std::convertible_to<Json>;
};

namespace detail {

template <typename T, template <typename...> typename Of>
struct IsOf : std::false_type {};
template <template <typename...> typename Of, typename... Parts>
struct IsOf<Of<Parts...>, Of> : std::true_type {};
template <typename T, template <typename...> typename Of>
constexpr bool is_of = IsOf<T, Of>::value;

/// Calls `visit` with each field, in order.
template <Record T, typename Visit>
constexpr void for_each_field(const Visit& visit) {
  std::apply([&](const auto&... fields) { (visit(fields), ...); }, T::fields());
}

/// "evaluate.figures", "job[3]": where a value stands.
inline std::string inside(const std::string& where, std::string_view key) {
  return where.empty() ? std::string(key) : where + "." + std::string(key);
}

[[noreturn]] inline void throw_kind(const Json& json, const char* expected,
                                    const std::string& where) {
  throw Error(std::string("is ") + json.type_name() + ", expected " + expected, where);
}

/// A member of a record that is moved from is moved out of it.
template <typename Owner, typename Member>
constexpr decltype(auto) forward_member(Member& member) {
  if constexpr (std::is_lvalue_reference_v<Owner>) {
    return std::as_const(member);
  } else {
    return std::move(member);
  }
}

template <typename T>
T read_integer(const Json& json, const std::string& where) {
  if (!json.is_number_integer()) throw_kind(json, "an integer", where);
  const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                              : std::in_range<T>(json.get<std::int64_t>());
  if (!fits) throw Error("is " + json.dump() + ", which is out of range", where);
  return json.get<T>();
}

template <typename T>
T read_document(const Json& json, const std::string& where) {
  try {
    if constexpr (requires { T::from_json(json, where); }) {
      return T::from_json(json, where);
    } else {
      return T::from_json(json);
    }
  } catch (const Json::exception& error) {
    throw Error(error.what(), where);
  }
}

/// The form of a JSON value, as `form` writes it.
inline std::string form_of(const Json& json) {
  if (json.is_object()) {
    std::string out;
    for (const auto& [key, value] : json.items()) {
      out += (out.empty() ? "" : ", ") + key + ": " + form_of(value);
    }
    return "{" + out + "}";
  }
  if (json.is_array()) return "list";
  if (json.is_number_float()) return "number";
  return json.is_number() ? "integer" : json.type_name();
}

}  // namespace detail

/// The JSON of a field's value; of a record an object with every field. Numbers that are not finite
/// become null. A value that is moved in is not copied.
template <typename T>
Json record_to_json(T&& value) {
  using Value = std::decay_t<T>;
  if constexpr (Record<Value>) {
    Json out = Json::object();
    detail::for_each_field<Value>([&](const auto& one) {
      append_member(out, std::string(one.name),
                    record_to_json(detail::forward_member<T>(value.*(one.member))));
    });
    return out;
  } else if constexpr (Document<Value>) {
    return value.to_json();
  } else if constexpr (std::is_floating_point_v<Value>) {
    return finite_or_null(value);
  } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
    return value.string();
  } else if constexpr (detail::is_of<Value, std::optional>) {
    if (!value) return nullptr;
    return record_to_json(detail::forward_member<T>(*value));
  } else if constexpr (detail::is_of<Value, std::vector>) {
    Json out = Json::array();
    for (auto& one : value) {
      out.push_back(record_to_json(detail::forward_member<T>(one)));
    }
    return out;
  } else if constexpr (detail::is_of<Value, std::map>) {
    Json out = Json::object();
    for (auto& [key, one] : value) {
      append_member(out, key, record_to_json(detail::forward_member<T>(one)));
    }
    return out;
  } else {
    return Json(std::forward<T>(value));
  }
}

/// Reads what record_to_json writes. Throws Error naming the place, "WHERE.figures", of a field
/// that is missing or whose value is of another kind; lets no exception of the JSON library escape.
/// Keys that no field has are ignored. JSON that is moved in is not copied.
template <typename T, typename Source>
T record_from_json(Source&& json, const std::string& where) {
  if constexpr (Record<T>) {
    if (!json.is_object()) detail::throw_kind(json, "an object", where);
    T out{};
    detail::for_each_field<T>([&](const auto& one) {
      using Member = std::decay_t<decltype(out.*(one.member))>;
      const std::string place = detail::inside(where, one.name);
      const auto found = json.find(std::string(one.name));
      if (found == json.end()) throw Error("is missing", place);
      out.*(one.member) = record_from_json<Member>(detail::forward_member<Source>(*found), place);
    });
    return out;
  } else if constexpr (std::is_same_v<T, Json>) {
    return std::forward<Source>(json);
  } else if constexpr (Document<T>) {
    return detail::read_document<T>(json, where);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) detail::throw_kind(json, "true or false", where);
    return json.template get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    return detail::read_integer<T>(json, where);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (json.is_null()) return std::numeric_limits<T>::quiet_NaN();
    if (!json.is_number()) detail::throw_kind(json, "a number", where);
    return json.template get<T>();
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>) {
    if (!json.is_string()) detail::throw_kind(json, "a string", where);
    return T(json.template get_ref<const std::string&>());
  } else if constexpr (detail::is_of<T, std::optional>) {
    if (json.is_null()) return std::nullopt;
    return record_from_json<typename T::value_type>(std::forward<Source>(json), where);
  } else if constexpr (detail::is_of<T, std::vector>) {
    if (!json.is_array()) detail::throw_kind(json, "a list", where);
    T out;
    out.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      out.push_back(record_from_json<typename T::value_type>(
          detail::forward_member<Source>(json[i]), where + "[" + std::to_string(i) + "]"));
    }
    return out;
  } else {
    static_assert(detail::is_of<T, std::map> && std::is_same_v<typename T::key_type, std::string>);
    if (!json.is_object()) detail::throw_kind(json, "an object", where);
    T out;
    for (auto entry = json.begin(); entry != json.end(); ++entry) {
      out.emplace(entry.key(), record_from_json<typename T::mapped_type>(
                                   detail::forward_member<Source>(entry.value()),
                                   detail::inside(where, entry.key())));
    }
    return out;
  }
}

/// Sets the large fields of a record's JSON to null.
template <Record T>
void without_large_fields(Json& json) {
  if (!json.is_object()) return;
  detail::for_each_field<T>([&](const auto& one) {
    if (one.is_large) json[std::string(one.name)] = nullptr;
  });
}

/// The form of a type's JSON, for people and for comparison: "{samples: integer, remark: string?}".
/// It changes when a field is added, removed, renamed, moved or given another type.
template <typename T>
std::string form() {
  if constexpr (Record<T>) {
    std::string out;
    detail::for_each_field<T>([&](const auto& one) {
      using Member = std::decay_t<decltype(std::declval<T>().*(one.member))>;
      out += (out.empty() ? "" : ", ") + std::string(one.name) + ": " + form<Member>();
    });
    return "{" + out + "}";
  } else if constexpr (std::is_same_v<T, Json>) {
    return "any";
  } else if constexpr (Document<T>) {
    return detail::form_of(T{}.to_json());
  } else if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if constexpr (std::is_integral_v<T>) {
    return "integer";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "number";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return "path";
  } else if constexpr (detail::is_of<T, std::optional>) {
    return form<typename T::value_type>() + "?";
  } else if constexpr (detail::is_of<T, std::vector>) {
    return "[" + form<typename T::value_type>() + "]";
  } else {
    return "{*: " + form<typename T::mapped_type>() + "}";
  }
}

}  // namespace quantbench
