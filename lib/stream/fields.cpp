#include "sluice/stream/fields.hpp"

#include "resp/writer.hpp"

namespace sluice {

fields& fields::add(std::string_view name, std::string_view value) {
  const auto used = encoded_.size();
  encoded_.resize(used + resp::argument_size(name.size()) + resp::argument_size(value.size()));
  resp::encoder(encoded_.data() + used).argument(name).argument(value);
  ++pairs_;
  return *this;
}

}  // namespace sluice
