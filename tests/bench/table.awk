# Prints medians, spread, ratios and the targets. Exit status: 0 if all targets are met.

function spread(sample) {
  if (!count[sample]) return "never"
  return sprintf("%5.2f (%.2f - %.2f)", median(sample) / 1000, least(sample) / 1000, greatest(sample) / 1000)
}

function lost_runs(who) { return sprintf("%d (%d + %d)", count[who "-unheard"], lost_by[who, "server"], lost_by[who, "client"]) }

function table(    i, who) {
  printf "%d runs each; seconds: median (least - greatest)\n\n", count["ours-up"]
  printf "%-22s%-22s%-22s%-22s%-14s%-22s%s\n", "", "connect", "  no LCP request lost", "  a request lost", "lost (S + C)", "disconnect", "idle, MB"
  for (i = 1; i <= 3; i++) {
    who = contestants[i]
    printf "%-22s%-22s%-22s%-22s%-14s%-22s%s\n", label[who], spread(who "-up"), spread(who "-heard"), spread(who "-unheard"), lost_runs(who),
      count[who "-down"] ? spread(who "-down") : "", count[who "-rss"] ? sprintf("%8.1f", median(who "-rss") / 1024) : ""
  }
  print "\nNo LCP request lost: in a run that did lose one (S: the server's first one, C: the client's), the silence after it, some 3 s, is taken off."
}

function stage_line(who,    i, line, name) {
  line = sprintf("%-22s", label[who])
  for (i = 1; i <= stage_count; i++) {
    name = stages[i]
    if (sub("^" who "-stage-", "", name)) line = line sprintf("%s %d  ", name, median(stages[i]))
  }
  print line
}

function target(name, actual, limit, form) {
  printf "%-8s %-62s " form " (at most " form ")\n", actual <= limit ? "met" : "NOT met", name, actual, limit
  if (actual > limit) unmet = 1
}

END {
  derive()
  table()
  print "\nStages, ms (median):"
  stage_line("floor")
  stage_line("ours")
  print "\nTargets:"
  target("connect, of NetworkManager-l2tp's", median("ours-up") / median("peer-up"), 0.45, "%.2f")
  target("connect, of NetworkManager-l2tp's, no LCP request lost", median("ours-heard") / median("peer-heard"), 0.45, "%.2f")
  target("connect, s more than the daemons alone", (median("ours-up") - median("floor-up")) / 1000, 0.8, "%.3f")
  target("connect, s more than the daemons alone, no LCP request lost", (median("ours-heard") - median("floor-heard")) / 1000, 0.8, "%.3f")
  target("disconnect, s", median("ours-down") / 1000, 0.5, "%.2f")
  target("resident memory of the idle service, MB", greatest("ours-rss") / 1024, 20, "%.1f")
  exit unmet
}
