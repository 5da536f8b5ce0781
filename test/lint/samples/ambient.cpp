// as: lib/stream/sample.cpp
void bad() {
  auto now = std::chrono::steady_clock::now();      // expect: ambient
  std::random_device device;                        // expect: ambient
  boost::asio::steady_timer timer(executor);        // expect: ambient
  auto seconds = std::time(nullptr);                // expect: ambient
  co_spawn(executor, task(), asio::detached);       // expect: ambient
  auto n = ::rand();                                // expect: ambient
}
void good(const clock& source, entry_id id) {
  auto now = source.now();
  std::chrono::steady_clock::time_point later = now;
  use(id.time(), "std::random_device", later);
}
