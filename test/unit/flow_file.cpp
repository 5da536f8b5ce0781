#include "support/pipeline_scene.hpp"
#include "support/small_disk.hpp"

#include "testing/temporary_directory.hpp"

#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_file.hpp>

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
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

/// The error number of one write; 0 where it succeeds.
asio::awaitable<int> error_of_writing(flow::file_end& to, std::string line) {
  int number = 0;
  try {
    co_await to(line);
  } catch (const boost::system::system_error& failure) {
    number = failure.code().value();
  }
  co_return number;
}

/// In memory: it grows, and cannot be cut.
class growing_file {
 public:
  growing_file() : file_(::memfd_create("lines", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
    REQUIRE(::fcntl(file_, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
  }
  growing_file(const growing_file&) = delete;
  growing_file& operator=(const growing_file&) = delete;
  ~growing_file() { ::close(file_); }

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

/// Which descriptor whoever opens a file next is given.
int next_descriptor() {
  const int lowest = ::dup(STDIN_FILENO);
  ::close(lowest);
  return lowest;
}

/// From now on the descriptor leads to the end of this file.
void redirect(int descriptor, const std::filesystem::path& to) {
  const int file = ::open(to.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (file == descriptor) return;  // it was free
  REQUIRE(::dup3(file, descriptor, O_CLOEXEC) == descriptor);
  ::close(file);
}

volatile std::sig_atomic_t taken_away = -1;

/// What becomes of a descriptor as its disk is found full: not even its size can be told then.
void take_it_away(int) { ::close(taken_away); }

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

TEST_CASE("nothing is written behind a part of a line that could not be taken back") {
  asio::io_context io;
  const growing_file file;
  scene::play(io, [&]() -> asio::awaitable<void> {
    flow::file_end end(file.path(), flow::file_sync::disk);
    std::optional<scene::small_disk> disk(4);
    co_await end("1");
    const int torn = co_await error_of_writing(end, "longer");
    CHECK(torn == EFBIG);
    disk.reset();
    const int refused = co_await error_of_writing(end, "2");
    CHECK(refused == EPERM);
  });
  CHECK(content(file.path()) == "1\nlo");
}

TEST_CASE("what could not be taken back is, as soon as it can be, and later lines stay") {
  asio::io_context io;
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  const growing_file file;
  scene::play(io, [&]() -> asio::awaitable<void> {
    const int descriptor = next_descriptor();
    flow::file_end end(file.path(), flow::file_sync::disk);
    std::optional<scene::small_disk> disk(4);
    co_await end("1");
    const int torn = co_await error_of_writing(end, "longer");
    CHECK(torn == EFBIG);
    disk.reset();
    std::ofstream(path) << content(file.path());
    redirect(descriptor, path);
    co_await end("2");
    CHECK(content(path) == "1\n2\n");
    disk.emplace(6);
    const int full = co_await error_of_writing(end, "longer");
    CHECK(full == EFBIG);
  });
  CHECK(content(path) == "1\n2\n");
}

TEST_CASE("a part of a line is taken back later, also where it could not be looked at") {
  asio::io_context io;
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  scene::play(io, [&]() -> asio::awaitable<void> {
    taken_away = next_descriptor();
    flow::file_end end(path, flow::file_sync::disk);
    std::optional<scene::small_disk> disk(4);
    std::signal(SIGXFSZ, take_it_away);
    co_await end("1");
    const int gone = co_await error_of_writing(end, "longer");
    CHECK(gone == EBADF);
    disk.reset();
    CHECK(content(path) == "1\nlo");
    redirect(taken_away, path);
    co_await end("2");
  });
  CHECK(content(path) == "1\n2\n");
}

TEST_CASE(
    "who empties the file in between, as logs are rotated, finds what comes then at its begin") {
  asio::io_context io;
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "lines";
  scene::play(io, [&]() -> asio::awaitable<void> {
    flow::file_end end(path, flow::file_sync::disk);
    std::optional<scene::small_disk> disk(8);
    co_await end("before");
    std::filesystem::resize_file(path, 0);
    co_await end("1");
    const int full = co_await error_of_writing(end, "longer than the disk");
    CHECK(full == EFBIG);
    disk.reset();
    co_await end("2");
  });
  CHECK(content(path) == "1\n2\n");
}

TEST_CASE("a pipe that nobody reads any more fails the element, and does not end the process") {
  asio::io_context io;
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  scene::play(io, [&]() -> asio::awaitable<void> {
    flow::file_end end(path, flow::file_sync::disk);
    co_await end("1");
    std::array<char, 8> read{};
    const auto length = ::read(reader, read.data(), read.size());
    CHECK(std::string(read.data(), static_cast<std::size_t>(length)) == "1\n");
    ::close(reader);
    for (const auto* line : {"2", "3"}) {
      const int broken = co_await error_of_writing(end, line);
      CHECK(broken == EPIPE);
    }
  });
  std::signal(SIGPIPE, before);
}

TEST_CASE("a pipe that nobody reads is refused at once; one that is slowly read is waited for") {
  const sluice::testing::temporary_directory home;
  const auto path = home.path() / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(scene::code_of([&] { flow::to_file(path); }) == std::errc::no_such_device_or_address);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const int writer = next_descriptor();
  const flow::file_end end(path, flow::file_sync::disk);
  CHECK((::fcntl(writer, F_GETFL) & O_NONBLOCK) == 0);
  ::close(reader);
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
