// as: lib/redis/sample.cpp
awaitable<void> captures(std::string name) {
  co_await spawn(executor, [name] { use(name); });  // expect: coroutine
  co_await spawn(executor, [copy = std::move(name)]() -> awaitable<void> {  // expect: coroutine
    co_await tick();
  });
  co_spawn(co_await executor, [self = shared()] { self->go(); });  // expect: coroutine
  auto late = [value = co_await get()] { return value; };  // expect: coroutine
}

awaitable<void> braces() {
  co_await publish("orders", {{"customer", "7"}});  // expect: coroutine
  co_await publish(options{.name = "a"});           // expect: coroutine
  auto pair = std::pair{co_await first(), 1};       // expect: coroutine
  co_await wait({});                                // expect: coroutine
  co_return co_await run(settings{});               // expect: coroutine
  auto all = std::vector<int>{1, 2, 3}.size() + co_await first();  // expect: coroutine
}

awaitable<void> conditions() {
  if (co_await ready()) go();                  // expect: coroutine
  if ((co_await get()).size() == 1) {          // expect: coroutine
    co_await tick();
  } else if (co_await ready()) {               // expect: coroutine
  }
  while (co_await ready()) {                   // expect: coroutine
  }
  do {
  } while (co_await ready());                  // expect: coroutine
  switch (co_await number()) {                 // expect: coroutine
    case 1: break;
  }
  for (int i = 0; co_await ready(); ++i) {     // expect: coroutine
  }
  if constexpr (true) co_await f(T{});         // expect: coroutine
  auto x = good ? co_await a() : co_await b(); // expect: coroutine, coroutine
  co_await send(good ? std::string("a") : name);  // expect: coroutine
  co_await send(1, good ? 1 : number);          // expect: coroutine
  throw failure("no " + co_await reason());    // expect: coroutine
  co_await second(co_await first());           // expect: coroutine
  for (auto& m : (co_await batch()).items()) { // expect: coroutine
  }
}

struct api {
  awaitable<void> connect(options how = {});   // expect: coroutine
  awaitable<void> close(options how = options{});   // expect: coroutine
};

void start(io_context& io) {
  auto task = [&io]() -> awaitable<void> { co_await tick(io); }();  // expect: coroutine
  spawn(io, [] () -> awaitable<void> {
    co_await publish({1, 2});  // expect: coroutine
  });
}
