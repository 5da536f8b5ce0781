// All of looking after streams and groups: `namespace admin = sluice::admin;`
#pragma once

#include "sluice/admin/checkup.hpp"
#include "sluice/admin/group_desk.hpp"
#include "sluice/admin/group_watch.hpp"
#include "sluice/admin/overview.hpp"
#include "sluice/admin/seen_marks.hpp"
#include "sluice/admin/stream_desk.hpp"
#include "sluice/admin/stream_list.hpp"
