#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace quantbench::test {

struct LoopbackRequest {
  std::string method;
  std::string path;                            ///< without the query, still percent-encoded
  std::string query;                           ///< behind '?'
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body = {};                       ///< of Content-Length bytes

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct LoopbackReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  /// Sends this number of bytes of the announced body, then closes the connection.
  std::optional<std::size_t> cut_after = std::nullopt;
  /// Sends this number of bytes of the body, then nothing until the client leaves.
  std::optional<std::size_t> stall_after = std::nullopt;
  /// Sends the body byte by byte, this long after one another.
  std::optional<std::chrono::milliseconds> trickle = std::nullopt;
  /// Closes the connection without an answer.
  bool drop = false;
};

/// An HTTP/1.1 server on 127.0.0.1, on a free port. One request per connection, one thread per
/// connection. Several threads may call `handler` at the same time.
class LoopbackServer {
 public:
  using Handler = std::function<LoopbackReply(const LoopbackRequest&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~LoopbackServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (std::thread& thread : connections_) thread.join();
  }

  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Every request so far.
  std::vector<LoopbackRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  void forget_requests() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }

 private:
  void accept_all() {
    while (!stopping_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      connections_.emplace_back([this, connection] {
        serve(connection);
        ::close(connection);
      });
    }
  }

  void serve(int connection) {
    std::string text;
    std::size_t head_end = 0;
    while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(connection, text)) return;
    }
    LoopbackRequest request = parse(text);
    request.body = text.substr(head_end + 4);
    const std::string length = request.header("content-length");
    if (request.header("expect") == "100-continue") {
      send_all(connection, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    while (!length.empty() && request.body.size() < std::stoul(length)) {
      if (!receive(connection, request.body)) return;
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const LoopbackReply reply = handler_(request);
    if (reply.drop) return;
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Loopback\r\n";
    bool has_length = false;
    for (const auto& [name, value] : reply.headers) {
      head += name + ": " + value + "\r\n";
      has_length = has_length || name == "Content-Length";
    }
    if (!has_length) head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    send_all(connection, head + "Connection: close\r\n\r\n");
    if (request.method == "HEAD") return;
    const std::size_t count = reply.cut_after     ? *reply.cut_after
                              : reply.stall_after ? *reply.stall_after
                                                  : reply.body.size();
    if (reply.trickle) {
      trickle(connection, reply.body, *reply.trickle);
      return;
    }
    send_all(connection, reply.body.substr(0, count));
    if (reply.stall_after) wait_for(connection, POLLRDHUP | POLLHUP);
  }

  /// Appends what came; false: the client is gone.
  bool receive(int connection, std::string& text) const {
    char buffer[4096];
    if (!wait_for(connection, POLLIN)) return false;
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  /// Until the client goes or the server stops.
  void trickle(int connection, const std::string& body, std::chrono::milliseconds pause) const {
    for (const char c : body) {
      pollfd one{connection, POLLRDHUP | POLLHUP, 0};
      if (stopping_ || ::poll(&one, 1, static_cast<int>(pause.count())) > 0) return;
      send_all(connection, std::string(1, c));
    }
  }

  /// False if the server stops first.
  bool wait_for(int connection, int what) const {
    while (!stopping_) {
      pollfd one{connection, static_cast<short>(what), 0};
      if (::poll(&one, 1, 20) > 0) return true;
    }
    return false;
  }

  static void send_all(int connection, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t now =
          ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;
      sent += static_cast<std::size_t>(now);
    }
  }

  static LoopbackRequest parse(const std::string& text) {
    LoopbackRequest request;
    const std::size_t line_end = text.find("\r\n");
    const std::string line = text.substr(0, line_end);
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    request.method = line.substr(0, first);
    const std::string target = line.substr(first + 1, second - first - 1);
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    std::size_t at = line_end + 2;
    while (at < text.size()) {
      const std::size_t end = text.find("\r\n", at);
      if (end == at || end == std::string::npos) break;
      const std::string header = text.substr(at, end - at);
      const std::size_t colon = header.find(':');
      std::string name = header.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), ::tolower);
      request.headers[name] = header.substr(std::min(colon + 2, header.size()));
      at = end + 2;
    }
    return request;
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::thread> connections_;
  mutable std::mutex mutex_;
  std::vector<LoopbackRequest> requests_;
};

}  // namespace quantbench::test
