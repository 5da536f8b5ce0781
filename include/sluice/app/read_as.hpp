// Answers as values of one's own types.
#pragma once

#include "sluice/app/feedback_lane.hpp"
#include "sluice/core/read_form.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// Throws `error` with `errc::malformed_message`: an answer has not the form wanted.
[[noreturn]] void refuse_answer(const std::string& conversation, const std::string& why);

/// Waits for an answer and reads it.
///
/// Errors: those of the reading underneath; `malformed_message` with all that does not fit.
/// Cancellation: loses no answer. Cost: none of its own.
template <class T, unknown_fields policy>
boost::asio::awaitable<std::optional<T>> answer_as(
    boost::asio::awaitable<std::optional<boost::json::value>> coming, std::string conversation) {
  auto came = co_await std::move(coming);
  if (!came) co_return std::nullopt;
  form_reader reader(policy);
  auto made = reader.make<T>(*came);
  if (!made) refuse_answer(conversation, reader.flaws().to_string());
  co_return made;
}

template <class T, unknown_fields policy>
boost::asio::awaitable<std::optional<T>> feedback_lane::read_as(std::chrono::milliseconds limit,
                                                                std::string from) {
  return answer_as<T, policy>(read(limit, std::move(from)), id());
}

template <class T, unknown_fields policy>
boost::asio::awaitable<std::optional<T>> feedback_lane::next_as(std::string from) {
  return answer_as<T, policy>(next(std::move(from)), id());
}

}  // namespace sluice
