// A program that loads LibTorch and does next to nothing: the floor under every start-up time.
#include <ATen/ops/empty.h>

int main() {
  return at::empty({1}).numel() == 1 ? 0 : 1;
}
