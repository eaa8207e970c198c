#include "pages.h"

#include <ctime>
#include <fmt/format.h>
#include <initializer_list>
#include <utility>

namespace demo {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--line:#8884;--accent:#0b7285}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem 1.25rem 3rem}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
header{display:flex;flex-wrap:wrap;gap:1rem;align-items:center;border-bottom:1px solid var(--line);padding-bottom:.8rem}
header b{font-size:1.2rem}header form{flex:1;display:flex;gap:.5rem}
input,select,button{font:inherit;padding:.35rem .6rem;border:1px solid var(--line);border-radius:.4rem}
input[name=q],input[name=text]{flex:1;min-width:8rem}button{background:var(--accent);color:#fff;cursor:pointer}
h1{margin:1.2rem 0 .2rem;font-size:1.7rem}h2{margin:1.6rem 0 .4rem;font-size:1.15rem}
.soft{opacity:.7}.card{border:1px solid var(--line);border-radius:.6rem;padding:.7rem 1rem;margin:.6rem 0}
.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.6rem}
.numbers b{display:block;font-size:1.4rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .6rem .25rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
.tags a,.tags span{display:inline-block;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;margin:.15rem .1rem}
.row{display:flex;flex-wrap:wrap;gap:.5rem}.description{white-space:pre-line}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.6rem;font-size:.85rem}
)css";

std::string link(std::string_view name) {
  return fmt::format(R"(<a href="/package/{}">{}</a>)", escape_url(name), escape_html(name));
}

std::string page(std::string_view title, std::string_view words, std::string_view body, const PageNote& note) {
  std::string footer = R"(<a href="/ranking">Most needed packages</a> · <a href="/stats">Figures</a> · )"
                       R"(<a href="/metrics">Metrics</a>)";
  if (!note.cache.empty()) {
    footer += fmt::format("<br><span class=soft>Cache: {} · worker {}</span>", escape_html(note.cache),
                          escape_html(note.worker));
  }
  return fmt::format(
      "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>{0} · Debian packages</title><style>{1}</style></head><body>"
      "<header><b><a href=\"/\">Debian packages</a></b><form action=\"/search\">"
      "<input name=q type=search value=\"{2}\" placeholder=\"Search names and descriptions\" aria-label=Search>"
      "<button>Search</button></form></header><main>{3}</main><footer>{4}</footer></body></html>",
      escape_html(title), kStyle, escape_html(words), body, footer);
}

std::string number_card(std::int64_t number, std::string_view what) {
  return fmt::format("<div class=card><b>{}</b>{}</div>", number, what);
}

std::string facts(const PackageDetails& package) {
  std::string rows;
  const std::initializer_list<std::pair<const char*, const std::string*>> fields = {
      {"Version", &package.version}, {"Section", &package.section}, {"Maintainer", &package.maintainer}};
  for (const auto& [label, value] : fields) {
    rows += fmt::format("<tr><th>{}<td>{}", label, escape_html(*value));
  }
  if (package.homepage.starts_with("http://") || package.homepage.starts_with("https://")) {
    const std::string address = escape_html(package.homepage);
    rows += fmt::format("<tr><th>Homepage<td><a rel=noreferrer href=\"{0}\">{0}</a>", address);
  }
  rows += fmt::format("<tr><th>Installed size<td>{} KiB", package.installed_kib);
  rows += fmt::format("<tr><th>Needed by<td>{} packages directly, {} in all", package.direct_dependents,
                      package.all_dependents);
  return "<table>" + rows + "</table>";
}

std::string dependency_list(const PackageDetails& package) {
  if (package.dependencies.empty()) return "<p class=soft>None.";
  std::string out = "<table>";
  for (const Dependency& dependency : package.dependencies) {
    out += fmt::format("<tr><th>{}<td>", kDependencyKinds[dependency.kind & 3]);
    const char* separator = "";
    for (const Target& target : dependency.alternatives) {
      out += separator;
      out += target.known ? link(target.name) : escape_html(target.name);
      if (!target.constraint.empty()) out += " <span class=soft>(" + escape_html(target.constraint) + ")</span>";
      separator = " or ";
    }
  }
  return out + "</table>";
}

std::string feedback_part(const std::string& name, const Feedback& feedback) {
  std::string out = feedback.ratings == 0
                        ? std::string("<p class=soft>Nobody has rated it yet.")
                        : fmt::format("<p><b>{:.1f}</b> of 5 stars, {} ratings", feedback.mean_stars, feedback.ratings);
  const std::string address = "/package/" + escape_url(name);
  out += fmt::format("<form class=row method=post action=\"{}/rate\"><select name=stars aria-label=Stars>", address);
  for (int stars = 5; stars >= 1; --stars) out += fmt::format("<option value={0}>{0} stars</option>", stars);
  out += "</select><button>Rate</button></form>";
  for (const Note& note : feedback.notes) {
    const std::time_t at = note.written_at;
    std::tm parts{};
    ::gmtime_r(&at, &parts);
    char when[32];
    std::strftime(when, sizeof when, "%Y-%m-%d %H:%M", &parts);
    out += fmt::format("<div class=card>{}<br><span class=soft>{} UTC</span></div>", escape_html(note.text), when);
  }
  out += fmt::format(
      "<form class=row method=post action=\"{}/annotate\">"
      "<input name=text maxlength=500 required placeholder=\"Your note\" aria-label=Note>"
      "<button>Add note</button></form>",
      address);
  return out;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string home_page(const Overview& overview, const PageNote& note) {
  std::string body = "<h1>Every package of Debian</h1><div class=numbers>";
  body += number_card(overview.packages, "packages");
  body += number_card(overview.dependencies, "dependencies between them");
  body += "</div><h2>Sections</h2><div class=numbers>";
  for (const Section& section : overview.sections) body += number_card(section.packages, escape_html(section.name));
  return page("Home", "", body + "</div>", note);
}

std::string search_page(std::string_view words, const SearchResults& results, const PageNote& note) {
  std::string body =
      fmt::format("<h1>{}</h1><p class=soft>{} packages{}", escape_html(words), results.total,
                  results.total > static_cast<std::int64_t>(results.hits.size()) ? ", the best first" : "");
  for (const SearchHit& hit : results.hits) {
    body += fmt::format("<div class=card><b>{}</b> <span class=soft>{}</span><br>{}</div>", link(hit.name),
                        escape_html(hit.version), escape_html(hit.summary));
  }
  return page(words, words, body, note);
}

std::string package_page(const PackageDetails& package, const Feedback& feedback, const PageNote& note) {
  std::string body = fmt::format("<h1>{}</h1><p>{}</p>", escape_html(package.name), escape_html(package.summary));
  body += facts(package);
  if (!package.description.empty()) {
    body += "<h2>Description</h2><p class=description>" + escape_html(package.description) + "</p>";
  }
  body += "<h2>Rating and notes</h2>" + feedback_part(package.name, feedback);
  body += "<h2>Needs</h2>" + dependency_list(package);
  body += "<h2>Needed by</h2><p class=tags>";
  for (const std::string& name : package.dependents) body += link(name) + ' ';
  const std::int64_t more = package.direct_dependents - static_cast<std::int64_t>(package.dependents.size());
  if (more > 0) body += fmt::format("<span>and {} more</span>", more);
  if (package.dependents.empty()) body += "<span>nothing</span>";
  return page(package.name, "", body, note);
}

std::string ranking_page(const std::vector<Ranked>& ranking, const PageNote& note) {
  std::string body =
      "<h1>Most needed packages</h1><p class=soft>How many packages could not be installed without "
      "them, directly or through others.<table>";
  for (const Ranked& ranked : ranking) {
    body +=
        fmt::format("<tr><td>{}<td>{}<td>{}", ranked.all_dependents, link(ranked.name), escape_html(ranked.summary));
  }
  return page("Most needed packages", "", body + "</table>", note);
}

std::string message_page(std::string_view title, std::string_view message) {
  return page(title, "", fmt::format("<h1>{}</h1><p>{}", escape_html(title), escape_html(message)), {});
}

}  // namespace demo
