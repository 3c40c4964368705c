#include "quantbench/runtime/torch_loader.h"

namespace quantbench::runtime {

void register_pytorch_dynamic(RuntimeRegistry& registry) {
  registry.add("pytorch_dynamic",
               torch_runtime("pytorch_dynamic",
                             "the checkpoint in PyTorch, with PyTorch's dynamic quantization",
                             TorchWeights::kQuantized));
}

}  // namespace quantbench::runtime
