#include "support/pipeline_scene.hpp"
#include "support/small_disk.hpp"

#include "testing/temporary_directory.hpp"

#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_file.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ranges>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using scene::run;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

auto lines(int count) {
  return flow::from(std::views::iota(0, count)) |
         flow::map([](int n) { return std::to_string(n); });
}

TEST_CASE("lines are appended to a file, one by one or in batches") {
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  run(lines(3) | flow::to_file(path));
  run(lines(5) | flow::partition(2) | flow::to_file(path, flow::file_sync::system));
  CHECK(content(path) == "0\n1\n2\n0\n1\n2\n3\n4\n");
}

TEST_CASE("a line that a crash cut off is removed") {
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  std::ofstream(path) << "whole\nhal";
  run(lines(1) | flow::to_file(path));
  CHECK(content(path) == "whole\n0\n");
}

TEST_CASE("a text with a line break is refused") {
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  const auto broken = [] { return flow::from(std::vector<std::string>{"a", "b\nc", "d"}); };
  CHECK(scene::code_of([&] { run(broken() | flow::to_file(path)); }) ==
        sluice::errc::invalid_argument);
}

TEST_CASE("a full disk fails the element and leaves no trace") {
  CHECK(scene::code_of([&] { run(lines(1) | flow::to_file("/dev/full")); }) ==
        std::errc::no_space_on_device);
}

TEST_CASE("a batch that the disk has no room for is not there in part") {
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  const scene::small_disk disk(8);
  std::vector<std::vector<std::string>> batches{{"1", "2"}, {"a", "longer", "batch"}};
  CHECK(scene::code_of([&] { run(flow::from(std::move(batches)) | flow::to_file(path)); }) ==
        std::errc::file_too_large);
  CHECK(content(path) == "1\n2\n");
}

TEST_CASE("a file that cannot be opened, or that another sink has, is refused at once") {
  const sluice::testing::temporary_directory home;
  const auto first = flow::to_file(home.path() / "lines");
  CHECK(scene::code_of([&] { flow::to_file(home.path() / "lines"); }) ==
        std::errc::resource_unavailable_try_again);
  CHECK(scene::code_of([&] { flow::to_file(home.path() / "none" / "lines"); }) ==
        std::errc::no_such_file_or_directory);
}

}  // namespace
