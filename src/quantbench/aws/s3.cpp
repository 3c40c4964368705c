#include "quantbench/aws/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "quantbench/aws/checksum.h"
#include "quantbench/aws/service_error.h"
#include "quantbench/aws/xml.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/text.h"
#include "quantbench/base/url.h"

namespace quantbench::aws {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "s3://";
constexpr std::uint64_t kMostParts = 10000;
constexpr const char* kBinary = "Content-Type: application/octet-stream";

bool is_bucket(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return name.size() >= 3 && name.size() <= 63 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), is_good);
}

std::string hash_header(const std::string& hash) { return std::string(kHashHeader) + ": " + hash; }

std::uint64_t size_of(const std::string& text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error("a size in the listing is not a number", "S3 ListObjectsV2");
  }
  return size;
}

std::string without_quotes(const std::string& etag) {
  return etag.size() >= 2 && etag.front() == '"' && etag.back() == '"'
             ? etag.substr(1, etag.size() - 2)
             : etag;
}

std::string_view content_of(const MappedFile& file) {
  const auto bytes = file.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string quoted_for_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

S3Uri S3Uri::parse(const std::string& text) {
  const std::string hint = "s3://bucket/prefix, say";
  if (!text.starts_with(kScheme)) throw Error("'" + text + "' is not an address of S3", {}, hint);
  const std::string rest = text.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  S3Uri uri{rest.substr(0, slash), slash == std::string::npos ? "" : rest.substr(slash + 1)};
  if (!is_bucket(uri.bucket)) {
    throw Error("'" + uri.bucket + "' is not the name of a bucket", text, hint);
  }
  for (const std::string& part : split(uri.key, '/')) {
    if (part == "." || part == "..") throw Error("a key cannot have the part '" + part + "'", text);
  }
  return uri;
}

S3Uri S3Uri::operator/(const std::string& name) const {
  return {bucket, key.empty() || key.ends_with('/') ? key + name : key + "/" + name};
}

std::string S3::url_of(const S3Uri& object, const std::string& query,
                       const std::string& region) const {
  std::string url = endpoint_of(client_.options(), "s3", region);
  // A bucket's name with a dot does not fit the certificate, and other servers know no names of
  // hosts.
  const bool by_path =
      !is_own_endpoint(client_.options(), "s3") || object.bucket.find('.') != std::string::npos;
  if (by_path) {
    url += "/" + object.bucket;
    if (!object.key.empty()) url += "/";
  } else {
    constexpr std::size_t kBehindHttps = 8;
    url = url.insert(kBehindHttps, object.bucket + ".") + "/";
  }
  url += percent_encoded(object.key, "/");
  return query.empty() ? url : url + "?" + query;
}

HttpResponse S3::send(const S3Uri& object, const std::string& query, Request request) {
  const auto known = regions_.find(object.bucket);
  request.service = "s3";
  request.subject = object.text();
  request.region = known == regions_.end() ? client_.region() : known->second;
  for (bool moved = false;; moved = true) {
    request.url = url_of(object, query, request.region);
    try {
      return client_.send(request);
    } catch (const ServiceError& error) {
      const std::string& region = error.bucket_region();
      if (moved || region == request.region || !is_region(region)) throw;
      request.region = regions_[object.bucket] = region;
    }
  }
}

void S3::put(const S3Uri& to, std::string_view content) { put_bytes(to, content, sha256(content)); }

void S3::put_bytes(const S3Uri& to, std::string_view content, const std::string& hash) {
  Request request;
  request.operation = "S3 PutObject";
  request.method = "PUT";
  request.headers = {kBinary, hash_header(hash)};
  request.body = content;
  send(to, {}, std::move(request));
}

void S3::put_file(const S3Uri& to, const fs::path& file) {
  const auto mapped = MappedFile::open(file);
  const std::string_view content = content_of(*mapped);
  const std::string hash = sha256_file(file);
  if (content.size() < client_.options().multipart_from) {
    put_bytes(to, content, hash);
  } else {
    put_parts(to, content, hash);
  }
  throw_if_file_shrank();
}

void S3::put_parts(const S3Uri& to, std::string_view content, const std::string& hash) {
  const std::uint64_t size =
      std::max(client_.options().part_bytes, (content.size() + kMostParts - 1) / kMostParts);
  Request begin;
  begin.operation = "S3 CreateMultipartUpload";
  begin.headers = {kBinary, hash_header(hash)};
  const HttpResponse begun = send(to, canonical_query({{"uploads", ""}}), begin);
  const std::string id = parse_xml(begun.body, begin.operation).text_at("UploadId");
  if (id.empty()) throw Error("S3 gives no UploadId", to.text());
  try {
    std::string list = "<CompleteMultipartUpload>";
    int number = 1;
    for (std::size_t at = 0; at < content.size(); at += size, ++number) {
      Request part;
      part.operation = "S3 UploadPart";
      part.method = "PUT";
      part.headers = {kBinary};
      part.body = content.substr(at, size);
      const HttpResponse response = send(
          to, canonical_query({{"partNumber", std::to_string(number)}, {"uploadId", id}}), part);
      list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number,
                          quoted_for_xml(response.header("etag")));
    }
    list += "</CompleteMultipartUpload>";
    Request end;
    end.operation = "S3 CompleteMultipartUpload";
    end.headers = {"Content-Type: application/xml"};
    end.body = list;
    // S3 begins its answer before it knows whether it succeeds.
    end.is_failure = [](const HttpResponse& response) {
      return response.body.find("<Error>") != std::string::npos;
    };
    send(to, canonical_query({{"uploadId", id}}), end);
  } catch (...) {
    Request abort;
    abort.operation = "S3 AbortMultipartUpload";
    abort.method = "DELETE";
    abort.even_if_cancelled = true;
    try {
      send(to, canonical_query({{"uploadId", id}}), abort);
    } catch (const Error&) {
      // The first error is what counts.
    }
    throw;
  }
}

HttpResponse S3::download(const S3Uri& from, const std::function<void()>& start,
                          const std::function<void(std::string_view)>& take) {
  std::optional<Checksum> checksum;
  Request request;
  request.operation = "S3 GetObject";
  request.method = "GET";
  request.headers = {"x-amz-checksum-mode: ENABLED"};
  request.on_try = [&] {
    checksum.reset();
    start();
  };
  request.sink = [&](const HttpResponse& so_far, std::string_view piece) {
    if (!checksum) checksum.emplace(so_far);
    checksum->update(piece);
    take(piece);
  };
  HttpResponse response = send(from, {}, std::move(request));
  if (!checksum) checksum.emplace(response);  // an empty body
  const std::string fault = checksum->fault();
  if (!fault.empty()) {
    throw Error("the content that came is not the object's: " + fault, from.text(),
                "it was discarded; somebody changed it on the way, or in the bucket");
  }
  return response;
}

std::string S3::get(const S3Uri& from) {
  constexpr std::size_t kLongest = std::size_t{64} << 20U;
  std::string content;
  download(
      from, [&] { content.clear(); },
      [&](std::string_view piece) {
        if (content.size() + piece.size() > kLongest) {
          throw Error("the object exceeds 64 MiB", from.text());
        }
        content += piece;
      });
  return content;
}

void S3::get_file(const S3Uri& from, const fs::path& file) {
  std::optional<AtomicFile> out;
  download(
      from,
      [&] {
        out.reset();
        out.emplace(file, AtomicFile::Target::kReplaced);
      },
      [&](std::string_view piece) { out->write(piece); });
  out->commit();
}

S3::Page S3::list_page(const S3Uri& prefix, int most, const std::string& token) {
  std::vector<std::pair<std::string, std::string>> query = {
      {"list-type", "2"}, {"max-keys", std::to_string(most)}, {"prefix", prefix.key}};
  if (!token.empty()) query.emplace_back("continuation-token", token);
  Request request;
  request.operation = "S3 ListObjectsV2";
  request.method = "GET";
  const HttpResponse response =
      send({prefix.bucket, ""}, canonical_query(std::move(query)), request);
  const XmlElement root = parse_xml(response.body, request.operation);
  Page page;
  for (const XmlElement& each : root.children) {
    if (each.name != "Contents") continue;
    page.objects.push_back(
        {each.text_at("Key"), size_of(each.text_at("Size")), without_quotes(each.text_at("ETag"))});
  }
  if (root.text_at("IsTruncated") == "true") page.next = root.text_at("NextContinuationToken");
  return page;
}

bool S3::exists(const S3Uri& object) {
  // Of the keys that start with this one, it is the first. HeadObject would say "forbidden" of a
  // missing object where only a part of the bucket may be listed.
  const Page page = list_page(object, 1, {});
  return !page.objects.empty() && page.objects.front().key == object.key;
}

std::vector<S3Object> S3::list(const S3Uri& prefix) {
  std::vector<S3Object> objects;
  std::string token;
  do {
    Page page = list_page(prefix, client_.options().list_page, token);
    objects.insert(objects.end(), page.objects.begin(), page.objects.end());
    if (!page.next.empty() && page.next == token) {
      throw Error("the listing does not go on", prefix.text());
    }
    token = std::move(page.next);
  } while (!token.empty());
  return objects;
}

void S3::remove(const S3Uri& object) {
  Request request;
  request.operation = "S3 DeleteObject";
  request.method = "DELETE";
  send(object, {}, std::move(request));
}

}  // namespace quantbench::aws
