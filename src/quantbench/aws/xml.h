#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantbench::aws {

/// An element of an answer in XML. Attributes and namespaces are left out: the answers of S3 and
/// STS say everything in elements.
struct XmlElement {
  std::string name;
  /// Text directly inside, entities replaced.
  std::string text;
  std::vector<XmlElement> children;

  /// The first child with that name; nullptr without one.
  const XmlElement* find(std::string_view child) const;
  /// Text at a path of children, "AssumeRoleResult/Credentials/SecretAccessKey"; "" when there is
  /// none.
  std::string text_at(std::string_view path) const;
};

/// The root element. Throws Error at `where` for anything that is not well formed, for elements
/// nested more than 32 deep, and for a document type (entities of its own are never expanded).
XmlElement parse_xml(std::string_view text, const std::string& where);

}  // namespace quantbench::aws
