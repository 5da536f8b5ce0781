#include "sluice/app/duty.hpp"

#include "app/flushable.hpp"

namespace sluice {

duty::duty(request_handler handler, std::shared_ptr<const void> object, flush_handler flush)
    : handler_(std::move(handler)),
      flush_(std::make_shared<flushable>(std::move(object), std::move(flush))) {}

}  // namespace sluice
