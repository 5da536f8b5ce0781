// as: lib/core/system_clock.cpp
auto now() { return std::chrono::steady_clock::now(); }
auto lost() { co_spawn(executor, task(), boost::asio::detached); }  // expect: ambient
