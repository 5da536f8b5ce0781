// as: lib/redis/sample.cpp
sluice::thing::thing(int a, std::string b) : a_{a}, b_{std::move(b)}, c_([this] { go(); }) {
  list_ = {1, 2, 3};
}

awaitable<void> fine(std::string name) {
  auto executor = co_await this_coro::executor;
  auto handler = [name] { use(name); };
  co_await spawn(executor, std::move(handler));
  co_await spawn(executor, [](std::string) {}, [&] { seen = true; }, [this] { go(); });
  while (auto order = co_await orders.get_entry()) {
    co_await std::move(*order).ack();
  }
  if (auto found = co_await find(); found) co_return;
  std::vector<std::string> keys{"a", "b"};
  co_await remove(keys);
  co_await publish("it's {fine} ? yes : no", R"(co_await {raw})");  // co_await {comment} ?
  const char brace = '{';
  auto waiting = good ? 1'000 : 2'000;
  co_await wait(std::chrono::milliseconds(waiting));
  // gcc12-ok: both members are trivial
  co_await place(point{1, 2});
  for (auto& entry : co_await entries()) use(entry);
  auto later = [](std::string owned) -> awaitable<void> {
    point p{1, 2};
    co_await place(p);
  };
  co_await later(name);
  co_await wait(good ? 8s : 900ms, good ? "news" : "sport");
  if (good) co_await wait(good ? true : false);
  array[brace] = co_await number();
  switch (waiting) {
    case 1: {
      co_await tick();
      break;
    }
    default: co_await tick();
  }
  if (good) { co_await tick(); } else { co_await tick(); }
  try {
    co_await tick();
  } catch (const std::exception& failure) {
    handled = {failure.what()};
  }
  template_call<int>(1), co_await tick();
}

#define WEIRD(x) { co_await x ? {

TEST_CASE("a thing works") {
  run([]() -> awaitable<void> {
    auto value = co_await number();
    REQUIRE(value == (value > 1 ? 2 : 3));
    std::string_view texts[] = {"a", "b"};
    co_await use(texts);
  });
  SECTION("another") {
    run([&]() -> awaitable<void> { co_await tick(); });
  }
}

struct api {
  awaitable<void> connect(options how);
  void configure(options how = {});
  static constexpr std::array<int, 2> numbers{1, 2};
  std::function<void(int)> handler = [](int) {};
};
