// An untrusted answer of AWS gives an Error or what it says, on one line.

#include <cstdint>
#include <string>

#include "quantbench/aws/credential_sources.h"
#include "quantbench/aws/service_error.h"
#include "quantbench/aws/xml.h"
#include "quantbench/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quantbench;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto& read : {+[](const std::string& given) { aws::parse_xml(given, "answer"); },
                           +[](const std::string& given) { aws::parse_time(given, "answer"); }}) {
    try {
      read(text);
    } catch (const Error&) {
    }
  }
  HttpResponse response;
  response.status = 400;
  response.body = text;
  const aws::Credentials credentials{.access_key = "AKIA", .secret_key = "a/", .source = "here"};
  const std::string line =
      aws::service_error(response, "S3 GetObject", "s3://bucket/key", credentials, 0).what();
  if (line.find('\n') != std::string::npos) __builtin_trap();
  return 0;
}
