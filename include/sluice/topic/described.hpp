// Data of one's own types: structs described with `BOOST_DESCRIBE_STRUCT`, and whatever else
// `form_reader` reads. Apart from the rest, because it includes all of Boost.JSON.
#pragma once

#include "sluice/core/read_form.hpp"
#include "sluice/core/write_form.hpp"
#include "sluice/topic/topic_group.hpp"
#include "sluice/topic/topic_message.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <utility>

namespace sluice {

/// Throws `error` with `errc::malformed_message`: the data of a message has not the form wanted.
[[noreturn]] void refuse_data(const uuid& id, const std::string& why);

/// A message whose data is `what`.
template <class T>
topic_message describe(uuid id, const T& what) {
  return topic_message(id, write_form(what));
}

/// The data of a message as a `T`.
///
/// Throws `error` with `errc::malformed_message` where it has not that form: members are missing,
/// unknown, or of another type. The text names each of them by its path.
template <class T, unknown_fields policy = unknown_fields::refuse>
T data_as(const topic_message& what) {
  form_reader reader(policy);
  auto made = reader.make<T>(what.data());
  if (!made) refuse_data(what.id(), reader.flaws().to_string());
  return *std::move(made);
}

/// A check for `topic_consumer::check` that accepts what `data_as<T>` can read.
template <class T, unknown_fields policy = unknown_fields::refuse>
payload_check in_the_form_of() {
  return
      [](const boost::json::value& data) { return form_reader(policy).make<T>(data).has_value(); };
}

}  // namespace sluice
