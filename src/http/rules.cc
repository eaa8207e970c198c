#include "http/rules.h"

namespace freshet::http {

Rules Rules::safe() { return {}; }

Rules Rules::rfc() {
  Rules rules;
  rules.set_cookie = SetCookie::store;
  rules.store_errors = true;
  rules.store_post = true;
  rules.must_revalidate_shares_authorized = true;
  rules.mend_content_range = true;
  rules.heuristic_with_cookie = true;
  rules.heuristic_against_type = true;
  rules.reuse_for_authorized = true;
  rules.pause_after_failure = Seconds{0};
  rules.vary_trims_unknown = true;
  rules.vary_by_content_language = true;
  rules.complete_without_validator = true;
  // A proxy need not remove what it does not know.
  rules.unkeyed_fields.clear();
  rules.forward_underscored_fields = true;
  return rules;
}

}  // namespace freshet::http
