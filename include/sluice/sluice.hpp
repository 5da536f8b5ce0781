// Everything for producing, consuming and sharing work over Redis Streams.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/core/error.hpp"
#include "sluice/core/event.hpp"
#include "sluice/core/random.hpp"
#include "sluice/core/result.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/redis/script.hpp"
#include "sluice/redis/subscription.hpp"
#include "sluice/redis/transaction.hpp"
#include "sluice/stream/consumer.hpp"
#include "sluice/stream/producer.hpp"
#include "sluice/topic/topic_consumer.hpp"
#include "sluice/topic/topic_producer.hpp"
