// Data of one's own types: structs described with `BOOST_DESCRIBE_STRUCT`, and whatever else
// Boost.JSON converts. Apart from the rest, because it includes all of Boost.JSON.
#pragma once

#include "sluice/topic/topic_group.hpp"
#include "sluice/topic/topic_message.hpp"

#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <string>

namespace sluice {

/// Throws `error` with `errc::malformed_message`: the data of a message has not the form wanted.
[[noreturn]] void refuse_data(const uuid& id, const std::string& why);

/// A message whose data is `what`.
template <class T>
topic_message describe(uuid id, const T& what) {
  static_assert(boost::json::has_value_from<T>::value,
                "describe T with BOOST_DESCRIBE_STRUCT, or give it a tag_invoke of Boost.JSON");
  return topic_message(id, boost::json::value_from(what));
}

/// The data of a message as a `T`.
///
/// Throws `error` with `errc::malformed_message` where it has not that form: a member is missing,
/// or of another type.
template <class T>
T data_as(const topic_message& what) {
  static_assert(boost::json::has_value_to<T>::value,
                "describe T with BOOST_DESCRIBE_STRUCT, or give it a tag_invoke of Boost.JSON");
  auto made = boost::json::try_value_to<T>(what.data());
  if (made.has_error()) refuse_data(what.id(), made.error().message());
  return *std::move(made);
}

/// A check for `topic_consumer::check` that accepts what `data_as<T>` can read.
template <class T>
payload_check in_the_form_of() {
  static_assert(boost::json::has_value_to<T>::value,
                "describe T with BOOST_DESCRIBE_STRUCT, or give it a tag_invoke of Boost.JSON");
  return
      [](const boost::json::value& data) { return boost::json::try_value_to<T>(data).has_value(); };
}

}  // namespace sluice
