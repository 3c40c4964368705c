#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/json.h"
#include "support/loopback_server.h"

namespace quantbench::test {

/// The Hub and its CDN on two loopback addresses, as far as downloads go: repository descriptions,
/// renamed repositories (307), small files behind a redirect within the host, large ones (LFS)
/// behind a redirect to the CDN with X-Linked-Etag and X-Linked-Size, ranges, error codes.
/// tests/oracle/loopback_hub.py is the same in Python, from which huggingface_hub downloads.
class LoopbackHub {
 public:
  /// The environment's proxy does not apply to this Hub.
  LoopbackHub() { ::setenv("no_proxy", "127.0.0.1", 1); }

  struct Commit {
    std::string hash;
    std::map<std::string, std::string> files;
    /// Files kept as LFS.
    std::set<std::string> large;
  };

  /// Of `kind` "models" or "datasets", one commit per branch. The commit's hash is made from the
  /// name.
  Commit& add(const std::string& kind, const std::string& name,
              const std::string& branch = "main") {
    Commit& commit = repositories_[kind + "/" + name][branch];
    commit.hash = sha256(kind + name + branch).substr(0, 40);
    return commit;
  }
  /// An old name that redirects to a repository.
  void rename(const std::string& kind, const std::string& old, const std::string& now) {
    renamed_[kind + "/" + old] = kind + "/" + now;
  }

  std::string url() const { return hub_.url(); }
  LoopbackServer& hub() { return hub_; }
  LoopbackServer& cdn() { return cdn_; }

  /// Called at every request of the CDN, before any other request waits for it. May block.
  std::function<void(const LoopbackRequest&)> cdn_gate;
  /// Called first. If true, its reply is sent.
  using Fault = std::function<bool(const LoopbackRequest&, LoopbackReply&)>;
  Fault hub_fault;
  Fault cdn_fault;
  /// Without this token every answer is 401. Empty: public.
  std::string token;
  /// Repositories ("models/org/name") that answer 403 GatedRepo.
  std::set<std::string> gated;

  static std::string etag(const std::string& content, bool large) {
    if (large) return sha256(content);
    const TemporaryDirectory scratch;
    write_text(scratch.path() / "blob", content);
    return git_blob_sha1_file(scratch.path() / "blob");
  }

  /// The part of `content` in the Range header.
  static LoopbackReply serve_content(const LoopbackRequest& request, const std::string& content) {
    LoopbackReply reply;
    const std::string range = request.header("range");
    if (range.rfind("bytes=", 0) != 0) {
      reply.body = content;
      return reply;
    }
    const std::size_t begin = std::stoul(range.substr(6));
    if (begin >= content.size()) {
      reply.status = 416;
      reply.headers.emplace_back("Content-Range", "bytes */" + std::to_string(content.size()));
      return reply;
    }
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(begin) + "-" +
                                                    std::to_string(content.size() - 1) + "/" +
                                                    std::to_string(content.size()));
    reply.body = content.substr(begin);
    return reply;
  }

 private:
  static LoopbackReply failure(int status, const std::string& code, const std::string& message) {
    LoopbackReply reply{.status = status};
    if (!code.empty()) reply.headers.emplace_back("X-Error-Code", code);
    reply.headers.emplace_back("X-Error-Message", message);
    return reply;
  }

  static LoopbackReply redirect(int status, const std::string& location) {
    return {.status = status, .headers = {{"Location", location}}};
  }

  static std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  LoopbackReply answer_hub(const LoopbackRequest& request) {
    const std::lock_guard lock(mutex_);
    LoopbackReply reply;
    if (hub_fault && hub_fault(request, reply)) return reply;
    if (!token.empty() && request.header("authorization") != "Bearer " + token) {
      return failure(401, "", "Invalid credentials in Authorization header");
    }
    const std::string& path = request.path;
    if (path.rfind("/api/resolve-cache/", 0) == 0) return answer_small(request);
    if (path.rfind("/api/", 0) == 0) {
      const std::size_t revision = path.find("/revision/");
      const std::string key = path.substr(5, revision - 5);
      return with_commit(
          key, decoded(path.substr(revision + 10)),
          [&](const std::string& now) { return "/api/" + now + path.substr(revision); },
          [&](const Commit& commit) { return describe(key, commit); });
    }
    const std::size_t resolve = path.find("/resolve/");
    if (resolve == std::string::npos) return failure(404, "", "Not Found");
    const std::size_t slash = path.find('/', resolve + 9);
    std::string key = path.substr(1, resolve - 1);
    const bool dataset = key.rfind("datasets/", 0) == 0;
    if (!dataset) key = "models/" + key;
    return with_commit(
        key, decoded(path.substr(resolve + 9, slash - resolve - 9)),
        [&](const std::string& now) {
          return "/" + (dataset ? now : now.substr(7)) + path.substr(resolve);
        },
        [&](const Commit& commit) { return resolve_file(key, commit, path.substr(slash + 1)); });
  }

  template <typename Moved, typename Found>
  LoopbackReply with_commit(const std::string& key, const std::string& revision, const Moved& moved,
                            const Found& found) {
    if (const auto now = renamed_.find(key); now != renamed_.end()) {
      return redirect(307, moved(now->second));
    }
    if (gated.contains(key)) return failure(403, "GatedRepo", "Access is restricted");
    const auto repository = repositories_.find(key);
    if (repository == repositories_.end()) {
      return failure(401, "RepoNotFound", "Repository not found");
    }
    for (const auto& [branch, commit] : repository->second) {
      if (revision == branch || revision == commit.hash) return found(commit);
    }
    return failure(404, "RevisionNotFound", "Invalid rev id: " + revision);
  }

  static LoopbackReply describe(const std::string& key, const Commit& commit) {
    Json siblings = Json::array();
    for (const auto& [file, content] : commit.files) siblings.push_back({{"rfilename", file}});
    return {.headers = {{"Content-Type", "application/json"}},
            .body = Json({{"id", key.substr(key.find('/') + 1)},
                          {"sha", commit.hash},
                          {"siblings", siblings}})
                        .dump()};
  }

  LoopbackReply resolve_file(const std::string& key, const Commit& commit,
                             const std::string& quoted) {
    const std::string file = decoded(quoted);
    const auto content = commit.files.find(file);
    if (content == commit.files.end()) {
      LoopbackReply reply = failure(404, "EntryNotFound", "Entry not found");
      reply.headers.emplace_back("X-Repo-Commit", commit.hash);
      return reply;
    }
    const bool large = commit.large.contains(file);
    const std::string tag = etag(content->second, large);
    LoopbackReply reply =
        large ? redirect(302, cdn_.url() + "/" + tag + "?X-Amz-Signature=signed-secret")
              : redirect(307, "/api/resolve-cache/" + key + "/" + commit.hash + "/" + quoted);
    reply.headers.emplace_back("X-Repo-Commit", commit.hash);
    if (large) {
      reply.headers.emplace_back("X-Linked-Etag", "\"" + tag + "\"");
      reply.headers.emplace_back("X-Linked-Size", std::to_string(content->second.size()));
      blobs_[tag] = content->second;
    }
    return reply;
  }

  LoopbackReply answer_small(const LoopbackRequest& request) {
    for (const auto& [key, branches] : repositories_) {
      for (const auto& [branch, commit] : branches) {
        const std::string prefix = "/api/resolve-cache/" + key + "/" + commit.hash + "/";
        if (request.path.rfind(prefix, 0) != 0) continue;
        const std::string& content = commit.files.at(decoded(request.path.substr(prefix.size())));
        LoopbackReply reply = serve_content(request, content);
        reply.headers.emplace_back("ETag", "\"" + etag(content, false) + "\"");
        reply.headers.emplace_back("X-Repo-Commit", commit.hash);
        return reply;
      }
    }
    return failure(404, "", "Not Found");
  }

  LoopbackReply answer_cdn(const LoopbackRequest& request) {
    if (cdn_gate) cdn_gate(request);
    const std::lock_guard lock(mutex_);
    LoopbackReply reply;
    if (cdn_fault && cdn_fault(request, reply)) return reply;
    const auto blob = blobs_.find(request.path.substr(1));
    if (blob == blobs_.end() || request.query != "X-Amz-Signature=signed-secret") {
      return {.status = 403};
    }
    reply = serve_content(request, blob->second);
    reply.headers.emplace_back("ETag", "\"not-the-sha256\"");
    return reply;
  }

  std::mutex mutex_;
  std::map<std::string, std::map<std::string, Commit>> repositories_;
  std::map<std::string, std::string> renamed_;
  /// Files of the CDN, by ETag. Written before a client is redirected there.
  std::map<std::string, std::string> blobs_;
  LoopbackServer cdn_{[this](const LoopbackRequest& request) { return answer_cdn(request); }};
  LoopbackServer hub_{[this](const LoopbackRequest& request) { return answer_hub(request); }};
};

}  // namespace quantbench::test
