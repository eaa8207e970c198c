#include <freshet/metrics.h>

#include <string_view>

namespace freshet {
namespace {

struct Family {
  ReasonKind kind;
  std::string_view name;
  std::string_view help;
};

// Hits and misses are one family: their sum is the number of lookups.
constexpr Family kFamilies[] = {
    {ReasonKind::hit, "freshet_lookups_total", "Lookups, by how they were answered."},
    {ReasonKind::load, "freshet_loads_total", "Loads, by how they went."},
    {ReasonKind::store, "freshet_stores_total", "Values stored."},
    {ReasonKind::refuse, "freshet_refused_total", "Values not stored and changes not made, by why."},
    {ReasonKind::remove, "freshet_removed_total", "Entries that left, by why."},
    {ReasonKind::trouble, "freshet_troubles_total", "What went wrong and was mended."},
};

ReasonKind family_of(Reason reason) {
  const ReasonKind of = kind(reason);
  return of == ReasonKind::miss ? ReasonKind::hit : of;
}

void head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

// Microseconds as seconds, exactly and without a locale.
std::string seconds(std::uint64_t micros) {
  std::string fraction = std::to_string(micros % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return std::to_string(micros / 1'000'000) + '.' + fraction;
}

void gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  head(out, name, help, "gauge");
  out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string prometheus_text(const Stats& stats) {
  std::string out;
  for (const Family& family : kFamilies) {
    head(out, family.name, family.help, "counter");
    for (std::size_t i = 0; i < kReasonCount; ++i) {
      const auto reason = static_cast<Reason>(i);
      if (family_of(reason) != family.kind) continue;
      out.append(family.name).append("{reason=\"").append(name(reason)).append("\"} ");
      out.append(std::to_string(stats.count[i])).append("\n");
    }
  }

  head(out, "freshet_load_seconds", "How long loaders ran.", "histogram");
  std::uint64_t total = 0;
  // The last bucket has no end: its loads are in +Inf only.
  for (std::size_t i = 0; i + 1 < kHistogramBuckets; ++i) {
    total += stats.load_time[i];
    // Bucket i ends below 2^(i+1) microseconds.
    out.append("freshet_load_seconds_bucket{le=\"").append(seconds(std::uint64_t{2} << i)).append("\"} ");
    out.append(std::to_string(total)).append("\n");
  }
  total += stats.load_time[kHistogramBuckets - 1];
  out.append("freshet_load_seconds_bucket{le=\"+Inf\"} ").append(std::to_string(total)).append("\n");
  out.append("freshet_load_seconds_sum ").append(seconds(stats.load_time_sum_us)).append("\n");
  out.append("freshet_load_seconds_count ").append(std::to_string(total)).append("\n");

  gauge(out, "freshet_entries", "Entries stored.", stats.entries);
  gauge(out, "freshet_used_bytes", "Bytes that hold entries, dead ones not yet reclaimed included.", stats.bytes_used);
  gauge(out, "freshet_index_bytes", "Bytes that say where entries are.", stats.bytes_index);
  gauge(out, "freshet_capacity_bytes", "Bytes for entries and their index.", stats.bytes_capacity);
  gauge(out, "freshet_size_bytes", "Bytes of the whole mapping.", stats.size_bytes);
  gauge(out, "freshet_loads_under_way", "Leases held.", stats.loads_under_way);
  gauge(out, "freshet_processes", "Processes attached.", stats.processes);
  return out;
}

}  // namespace freshet
