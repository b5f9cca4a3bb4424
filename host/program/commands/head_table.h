// The importance of heads, for people.
#pragma once

#include <ostream>
#include <span>

#include "modelhost/host/surgery/head_importance.h"

namespace modelhost::host {

struct HeadTableStyle {
  int width = 0;        ///< columns of the terminal; 0: lines as long as they need
  bool shades = false;  ///< a bar beside each number
};

/// The style for stdout: as wide as the terminal, with bars; plain where it is none.
HeadTableStyle head_table_style();

/// A line a layer, a column a head under its first number; "-" where it was pruned before. Normalised values.
/// Columns that do not fit follow below the others.
void print_head_table(std::ostream& out, std::span<const LayerImportance> layers,
                      const HeadTableStyle& style);

}  // namespace modelhost::host
