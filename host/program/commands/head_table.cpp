#include "head_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace modelhost::host {
namespace {

constexpr int kLabel = 7;      // "  layer"
constexpr int kCell = 7;       // "   0.12", and a bar instead of the last blank before the next one
constexpr int kOneColumn = 1;  // at least, however narrow the terminal is
constexpr std::array<const char*, 9> kBars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string cell(const char* format, auto value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// A layer's values by first number; negative where there is no head any more.
std::vector<double> by_first_number(const LayerImportance& layer) {
  std::vector<double> values(static_cast<std::size_t>(layer.first_heads), -1);
  const std::vector<double> normalized = layer.normalized();
  for (std::size_t i = 0; i < normalized.size(); ++i) values[layer.heads[i]] = normalized[i];
  return values;
}

const char* bar(double value, double largest) {
  const double part = largest > 0 ? value / largest : 0;
  return kBars[static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * (kBars.size() - 1) + 0.5)];
}

}  // namespace

HeadTableStyle head_table_style() {
  if (::isatty(STDOUT_FILENO) != 1) return {};
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {known ? size.ws_col : 80, /*shades=*/true};
}

void print_head_table(std::ostream& out, std::span<const LayerImportance> layers,
                      const HeadTableStyle& style) {
  std::vector<std::vector<double>> rows;
  std::size_t heads = 0;
  double largest = 0;
  for (const LayerImportance& layer : layers) {
    rows.push_back(by_first_number(layer));
    heads = std::max(heads, rows.back().size());
    for (const double value : rows.back()) largest = std::max(largest, value);
  }
  const int fitting = (style.width - kLabel) / kCell;
  const std::size_t columns = style.width == 0 ? heads : std::max(fitting, kOneColumn);
  for (std::size_t first = 0; first < heads; first += columns) {
    const std::size_t end = std::min(first + columns, heads);
    out << "  layer";
    for (std::size_t head = first; head < end; ++head) out << cell("%6d ", static_cast<int>(head));
    out << '\n';
    for (std::size_t layer = 0; layer < rows.size(); ++layer) {
      out << cell("%7d", static_cast<int>(layer));
      for (std::size_t head = first; head < std::min(end, rows[layer].size()); ++head) {
        const double value = rows[layer][head];
        out << (value < 0 ? "     -" : cell("%6.2f", value));
        out << (style.shades && value >= 0 ? bar(value, largest) : " ");
      }
      out << '\n';
    }
  }
}

}  // namespace modelhost::host
