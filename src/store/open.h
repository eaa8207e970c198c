// Stand-in, replaced when the rooms meet.
#pragma once

#include <freshet/store.h>

#include <memory>
#include <string_view>

namespace freshet {

std::shared_ptr<Store> open_store(std::string_view url);

}  // namespace freshet
