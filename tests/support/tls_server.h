#pragma once

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace quantbench::test {

/// A certificate with its key.
struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> text;

  /// Signed by `authority`, by itself where there is none. `host` is an IP address or a name; "":
  /// an authority. Valid from two days ago until `seconds` from now.
  static Certificate make(const std::string& host, const Certificate* authority = nullptr,
                          long seconds = 86400) {
    Certificate made;
    made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    made.text.reset(X509_new(), X509_free);
    X509* text = made.text.get();
    X509_set_version(text, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(text), authority == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(text), -2L * 86400);
    X509_gmtime_adj(X509_getm_notAfter(text), seconds);
    X509_set_pubkey(text, made.key.get());
    const std::string name = host.empty() ? "A test authority" : host;
    X509_NAME_add_entry_by_txt(X509_get_subject_name(text), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const Certificate& signer = authority == nullptr ? made : *authority;
    X509_set_issuer_name(text, X509_get_subject_name(signer.text.get()));
    const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
    made.extend(host.empty() ? NID_basic_constraints : NID_subject_alt_name,
                host.empty() ? "critical,CA:TRUE" : (is_address ? "IP:" : "DNS:") + host);
    if (X509_sign(text, signer.key.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("cannot make a certificate");
    }
    return made;
  }

  void write(const std::filesystem::path& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, text.get());
    std::fclose(file);
  }

 private:
  void extend(int kind, const std::string& value) const {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(text.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
};

/// A server on 127.0.0.1 that speaks TLS and, to a client that accepts its certificate, says 404.
class TlsServer {
 public:
  explicit TlsServer(const Certificate& certificate)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate(context_.get(), certificate.text.get());
    SSL_CTX_use_PrivateKey(context_.get(), certificate.key.get());
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }

  ~TlsServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    while (!stopping_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      const std::unique_ptr<SSL, void (*)(SSL*)> session(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(session.get(), connection);
      if (SSL_accept(session.get()) == 1) {
        char request[8192];
        SSL_read(session.get(), request, sizeof request);
        const std::string reply = "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n";
        SSL_write(session.get(), reply.data(), static_cast<int>(reply.size()));
        SSL_shutdown(session.get());
      }
      ::close(connection);
    }
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace quantbench::test
