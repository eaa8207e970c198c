#include <freshet/error.h>
#include <freshet/options.h>

#include <cmath>

namespace freshet {
namespace {

[[noreturn]] void refuse(std::string_view field, std::string_view what) {
  throw ConfigError("Options::" + std::string(field) + ": " + std::string(what));
}

void not_negative(std::string_view field, Duration span) {
  if (span < Duration::zero()) refuse(field, "is " + format_duration(span) + ", but a span cannot be negative");
}

}  // namespace

void validate(const Options& options) {
  not_negative("ttl", options.ttl);
  not_negative("jitter", options.jitter);
  not_negative("stale_while_revalidate", options.stale_while_revalidate);
  not_negative("stale_if_error", options.stale_if_error);
  not_negative("soft_timeout", options.soft_timeout);
  not_negative("hard_timeout", options.hard_timeout);
  not_negative("error_ttl", options.error_ttl);
  if (options.negative_ttl) not_negative("negative_ttl", *options.negative_ttl);
  if (options.jitter > options.ttl) {
    refuse("jitter", "is " + format_duration(options.jitter) + ", above the ttl of " + format_duration(options.ttl) +
                         "; a ttl can be shortened by at most itself");
  }
  if (options.hard_timeout == Duration::zero()) {
    refuse("hard_timeout", "is zero, so that no load could ever finish; leave it at kForever for no limit");
  }
  if (options.soft_timeout != kForever && options.soft_timeout > options.hard_timeout) {
    refuse("soft_timeout", "is " + format_duration(options.soft_timeout) + ", above the hard_timeout of " +
                               format_duration(options.hard_timeout) + ", and would never strike");
  }
  if (!std::isfinite(options.early_refresh) || options.early_refresh < 0) {
    refuse("early_refresh", "must be zero (off) or a positive number; 1 is the usual choice");
  }
}

}  // namespace freshet
