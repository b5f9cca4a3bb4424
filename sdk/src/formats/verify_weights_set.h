// The part of verify_checkpoint that looks at one set of weights files.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "modelhost/base/error.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/formats/verify_checkpoint.h"

namespace modelhost {

/// The files of one format and variant, by what their names say.
struct WeightsSet {
  std::string single, index;
  std::map<std::string, int> shards;  ///< name -> how many there are by its name
};

/// Readers by file name, kept for later checks. nullptr: the file was reported already.
using OpenedFiles = std::map<std::string, std::unique_ptr<CheckpointReader>>;

class WeightsVerifier {
 public:
  WeightsVerifier(const std::filesystem::path& directory, OpenedFiles& opened, std::vector<Finding>& findings)
      : directory_(directory), opened_(opened), findings_(findings) {}

  void verify(const WeightsSet& set);

 private:
  using WeightMap = std::map<std::string, std::string>;

  CheckpointReader* open(const std::string& file);
  void verify_index(const WeightsSet& set);
  void open_shards(const std::string& index, const std::set<std::string>& files);
  void verify_mapped(const std::string& index, const WeightMap& map);
  void verify_unmapped(const std::string& index, const WeightMap& map, const std::set<std::string>& files);
  void verify_totals(const std::string& index, const WeightMap& map);
  void verify_names(const WeightsSet& set, const std::set<std::string>& files);
  void add(Severity severity, std::string check, std::string file, std::string tensor, std::string message);
  void add_error(const std::string& check, const std::string& file, const Error& error);

  std::filesystem::path directory_;
  OpenedFiles& opened_;
  std::vector<Finding>& findings_;
};

/// A finding for what a reader threw.
Finding finding_of(const std::string& check, const std::string& file, const Error& error);

}  // namespace modelhost
