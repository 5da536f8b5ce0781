// Programs that run until somebody ends them.
#pragma once

#include "sluice/app/app.hpp"
#include "sluice/group/worker.hpp"

#include <boost/asio/io_context.hpp>

namespace sluice {

/// Runs an app on its context until it has ended: SIGTERM or SIGINT stop it, and it drains; a
/// second SIGINT ends the process at once. Signals that the process ignores stay ignored.
///
/// When it returns, no handler runs and every answer has left, unless somebody else has stopped the
/// context. What else runs there stays where it is; `io.restart()` and `io.run()` go on with it.
///
/// Throws what `app::run` throws.
/// Thread rule: called where the context would be run.
void run_until_signalled(boost::asio::io_context& io, app& what);
/// The same of a worker.
///
/// Throws what `worker::run` throws.
void run_until_signalled(boost::asio::io_context& io, worker& what);

}  // namespace sluice
