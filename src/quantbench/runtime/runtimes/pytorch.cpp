#include "quantbench/runtime/torch_loader.h"

namespace quantbench::runtime {

void register_pytorch(RuntimeRegistry& registry) {
  registry.add("pytorch", torch_runtime("pytorch", "the checkpoint in PyTorch, in float32",
                                        TorchWeights::kAsTheyAre));
}

}  // namespace quantbench::runtime
