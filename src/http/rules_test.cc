#include "http/rules.h"

#include <gtest/gtest.h>

namespace freshet::http {
namespace {

TEST(Rules, OfTheTwoProfilesDifferInWhatThePageLists) {
  const Rules safe = Rules::safe();
  Rules rfc = Rules::rfc();
  EXPECT_NE(rfc, safe);
  // The rows of "Where the default is stricter than the RFC" in docs/rfc9111.md.
  rfc.set_cookie = safe.set_cookie;
  rfc.store_errors = safe.store_errors;
  rfc.store_post = safe.store_post;
  rfc.must_revalidate_shares_authorized = safe.must_revalidate_shares_authorized;
  rfc.reuse_for_authorized = safe.reuse_for_authorized;
  rfc.heuristic_with_cookie = safe.heuristic_with_cookie;
  rfc.heuristic_against_type = safe.heuristic_against_type;
  rfc.mend_content_range = safe.mend_content_range;
  rfc.complete_without_validator = safe.complete_without_validator;
  rfc.pause_after_failure = safe.pause_after_failure;
  rfc.vary_trims_unknown = safe.vary_trims_unknown;
  rfc.vary_by_content_language = safe.vary_by_content_language;
  rfc.unkeyed_fields = safe.unkeyed_fields;
  rfc.forward_underscored_fields = safe.forward_underscored_fields;
  EXPECT_EQ(rfc, safe);
  EXPECT_EQ(safe, Rules{}) << "who chooses nothing gets the safe one";
}

}  // namespace
}  // namespace freshet::http
