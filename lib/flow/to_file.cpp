#include "sluice/flow/to_file.hpp"

#include "flow/line_file.hpp"

#include "sluice/core/error.hpp"

namespace sluice::flow {
namespace {

void add_line(std::string& text, const std::string& line) {
  if (line.find('\n') != std::string::npos) {
    throw error(errc::invalid_argument, "a line of a file cannot have a line break");
  }
  text += line;
  text += '\n';
}

}  // namespace

file_end::file_end(const std::filesystem::path& path, file_sync when)
    : file_(std::make_shared<line_file>(path, when)) {}

boost::asio::awaitable<void> file_end::operator()(const std::string& line) {
  std::string text;
  add_line(text, line);
  return file_->append(std::move(text));
}

boost::asio::awaitable<void> file_end::operator()(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& each : lines) add_line(text, each);
  return file_->append(std::move(text));
}

}  // namespace sluice::flow
