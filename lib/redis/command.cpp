#include "sluice/redis/command.hpp"

#include "resp/writer.hpp"

namespace sluice {

command::command(std::string_view name) {
  name_.reserve(name.size());
  for (const char letter : name) {
    name_.push_back(letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A')
                                                   : letter);
  }
  arg(name_);
}

command& command::arg(std::string_view bytes) {
  const auto used = encoded_.size();
  encoded_.resize(used + resp::argument_size(bytes.size()));
  resp::encoder(encoded_.data() + used).argument(bytes);
  ++count_;
  return *this;
}

command& command::arg_signed(std::int64_t number) { return arg(resp::number(number)); }

command& command::arg_unsigned(std::uint64_t number) { return arg(resp::number(number)); }

std::string command::frame() const {
  std::string whole(resp::header_size(count_), '\0');
  resp::encoder(whole.data()).header(count_);
  return whole.append(encoded_);
}

}  // namespace sluice
