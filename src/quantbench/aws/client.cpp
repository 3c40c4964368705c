#include "quantbench/aws/client.h"

#include <utility>

namespace quantbench::aws {

Client::Client(Options options)
    : options_(std::move(options)), region_(region_of(options_)), chain_(options_) {}

HttpResponse Client::send(const Request& request) {
  return aws::send(
      http_, request, options_, [this] { return chain_.get(); }, [this] { chain_.forget(); });
}

Json Client::call(const std::string& service, const std::string& label, const std::string& target,
                  const Json& input, const std::string& subject) {
  const std::string body = to_line(input);
  Request request;
  request.operation = label + " " + target.substr(target.find('.') + 1);
  request.subject = subject;
  request.service = service;
  request.region = region_;
  request.url = endpoint_of(options_, service, region_) + "/";
  request.headers = {"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: " + target};
  request.body = body;
  const HttpResponse response = send(request);
  // StopTrainingJob answers with nothing.
  if (response.body.empty()) return Json::object();
  Json answer = parse_json(response.body, request.operation);
  if (!answer.is_object()) throw Error("the answer is not a JSON object", request.operation);
  return answer;
}

}  // namespace quantbench::aws
