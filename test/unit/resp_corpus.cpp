// The seeds and past findings of the fuzz targets, replayed on every run.
#include "fuzz/command_oracle.hpp"
#include "fuzz/reply_oracle.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

using sluice::resp::limits;
using sluice::resp::scanner;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> seeds(const std::string& target) {
  const std::filesystem::path folder = std::filesystem::path(SLUICE_FUZZ_CORPUS) / target;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE_FALSE(files.empty());
  return files;
}

}  // namespace

TEST_CASE("every reply of the corpus is read alike by scanner, view and reference") {
  for (const auto& file : seeds("resp_reply")) {
    CAPTURE(file.filename());
    CHECK_NOTHROW(sluice::test::check_stream(contents(file)));
  }
}

TEST_CASE("every reply of the corpus, cut anywhere in two, gets the same verdict") {
  for (const auto& file : seeds("resp_reply")) {
    const std::string bytes = contents(file);
    const auto whole = sluice::test::scan_whole(bytes, limits());
    // Of a long seed the front and the back are cut at every byte, the even middle is not.
    const std::size_t reply = std::min(bytes.size(), std::max(whole.size, whole.fault.offset + 2));
    for (std::size_t cut = 1; cut < reply; ++cut) {
      if (cut == 600 && reply > 1200) cut = reply - 600;
      std::size_t piece = cut;
      const auto pieces = [&] { return std::exchange(piece, bytes.size()); };
      const bool same = sluice::test::scan_in_pieces(bytes, limits(), pieces) == whole;
      if (!same) FAIL(file.filename().string() << " cut at " << cut);
    }
  }
  SUCCEED();
}

TEST_CASE("every reply recorded from a server is complete") {
  for (const auto& file : seeds("resp_reply")) {
    const std::string name = file.stem().string();
    const bool recorded = name.find("_resp2") != name.npos || name.find("_resp3") != name.npos ||
                          name.rfind("protocol_", 0) == 0;
    if (!recorded) continue;
    CAPTURE(name);
    std::string bytes = contents(file);
    while (!bytes.empty()) {
      scanner scan;
      REQUIRE(scan.scan(bytes) == scanner::status::complete);
      bytes.erase(0, scan.size());
    }
  }
}

TEST_CASE("every command of the corpus comes back as it was written") {
  for (const auto& file : seeds("resp_command")) {
    CAPTURE(file.filename());
    CHECK_NOTHROW(sluice::test::check_command(contents(file)));
  }
}
