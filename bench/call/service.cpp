// Answers every call with what it was asked; the third argument is how many it works on at once.
#include "harness/sluice_program.hpp"

#include <sluice/app/app.hpp>

namespace {

boost::asio::awaitable<void> serve(sluice::client redis, std::size_t at_once) {
  sluice::app echo(redis, "bench");
  echo.listen(
      "bench:calls", [](sluice::request& what) { return what.value(); },
      sluice::listener_options().concurrency(at_once));
  std::puts("{}");
  std::fflush(stdout);
  co_await echo.run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what,
                            [&](sluice::client redis) { return serve(redis, what.consumers); });
}
