#include <iostream>

#include "modelhost/host/host.h"

int main(int, char** argv) {
  modelhost::host::Host host;                   // finds plugins; opens none yet
  auto embedder = host.load_embedder(argv[1]);  // a model directory, e.g. all-MiniLM-L6-v2
  const at::Tensor vectors = embedder.embed({"A cat sits on the mat.", "A kitten rests on a rug."});
  std::cout << vectors.sizes() << " similarity " << vectors[0].dot(vectors[1]).item<float>() << "\n";
}
