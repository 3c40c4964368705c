#include "quantbench/backend/sagemaker/arguments.h"

#include <filesystem>

#include "quantbench/aws/credentials.h"
#include "quantbench/aws/s3.h"
#include "quantbench/base/error.h"
#include "quantbench/base/url.h"

namespace quantbench::backend::sagemaker {

namespace {

constexpr double kLongestRuntime = 28 * 86400;  // of SageMaker
constexpr double kLargestVolume = 16384;

}  // namespace

Fields<Arguments> fields() {
  return Fields<Arguments>()
      .add(&Arguments::instance_type,
           {.name = "instance_type",
            .required = true,
            .help = "Kind of machine: `ml.m5.2xlarge`. Of several, everything is measured on each"})
      .add(&Arguments::supported_instructions,
           {.name = "supported_instructions",
            .nullable = true,
            .help = "Instruction sets that the machine must have, such as `avx512` or `vnni`. "
                    "Checked there before anything is measured"})
      .add(&Arguments::s3_uri, {.name = "s3_uri",
                                .required = true,
                                .help = "Where the run's files lie in S3: `s3://bucket/prefix`"})
      .add(&Arguments::role_arn,
           {.name = "role_arn",
            .required = true,
            .help = "Role of the jobs: it reads and writes below `s3_uri`, pulls the image and "
                    "writes logs"})
      .add(&Arguments::image,
           {.name = "image",
            .required = true,
            .help = "Image in Amazon ECR that the jobs run in (containers/Containerfile)"})
      .add(&Arguments::region, {.name = "region",
                                .help = "Region of the jobs",
                                .fallback_help = "AWS_REGION, or the profile's"})
      .add(&Arguments::program,
           {.name = "program",
            .help = "Installed tree (`cmake --install`), or the program's file, that the jobs run",
            .fallback_help = "the image's"})
      .add(&Arguments::max_runtime,
           {.name = "max_runtime",
            .minimum = 60,
            .maximum = kLongestRuntime,
            .help = "Time after which a job is stopped. Its results are kept",
            .unit = "s"})
      .add(&Arguments::volume_size, {.name = "volume_size",
                                     .minimum = 1,
                                     .maximum = kLargestVolume,
                                     .help = "Disk of a job",
                                     .unit = "GB"})
      .add(&Arguments::profile, {.name = "profile",
                                 .help = "Profile of ~/.aws",
                                 .fallback_help = "AWS_PROFILE, or `default`"})
      .add(&Arguments::endpoint_url, {.name = "endpoint_url",
                                      .help = "Address of all services, for tests",
                                      .fallback_help = "AWS's"})
      .add(&Arguments::max_jobs,
           {.name = "max_jobs",
            .minimum = 1,
            .maximum = 100,
            .help = "Jobs that the evaluations are dealt to. 1: one job for each `instance_type` "
                    "does all. Each job starts a machine of its own, and makes its models itself"})
      .add(&Arguments::retries, {.name = "retries",
                                 .minimum = 0,
                                 .maximum = 100,
                                 .help = "How often a lost job is submitted again"})
      .add(&Arguments::grace, {.name = "grace",
                               .minimum = 0,
                               .maximum = 3600,
                               .help = "Wait for the last results of an ended job",
                               .unit = "s"});
}

void check(const Arguments& arguments) {
  if (arguments.instance_type.empty()) {
    throw Error("is empty", "backend_args.instance_type", "ml.m5.2xlarge, say");
  }
  for (const std::string& type : arguments.instance_type) {
    if (!type.starts_with("ml.")) {
      throw Error("'" + type + "' is not an instance type", "backend_args.instance_type",
                  "ml.m5.2xlarge, say");
    }
  }
  with_context("backend_args.s3_uri", [&] { aws::S3Uri::parse(arguments.s3_uri); });
  if (!arguments.role_arn.starts_with("arn:")) {
    throw Error("'" + arguments.role_arn + "' is not the ARN of a role", "backend_args.role_arn",
                "arn:aws:iam::111122223333:role/quantbench-job, say");
  }
  if (arguments.region && !aws::is_region(*arguments.region)) {
    throw Error("'" + *arguments.region + "' is not a region", "backend_args.region",
                "us-east-1, say");
  }
  // Without the value: it may hold a password.
  if (arguments.endpoint_url && !origin_of(*arguments.endpoint_url)) {
    throw Error("not an http or https address", "backend_args.endpoint_url");
  }
  std::error_code ignored;
  if (arguments.program && !std::filesystem::exists(*arguments.program, ignored)) {
    throw Error("there is no such file or directory",
                "backend_args.program: " + *arguments.program);
  }
}

aws::Options options_of(const Arguments& arguments, const std::atomic<bool>* cancel) {
  aws::Options options;
  options.region = arguments.region.value_or("");
  options.profile = arguments.profile.value_or("");
  options.endpoint = arguments.endpoint_url.value_or("");
  options.cancel = cancel;
  return options;
}

}  // namespace quantbench::backend::sagemaker
