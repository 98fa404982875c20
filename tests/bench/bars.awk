# Draws the connect times as an SVG picture: one group of bars per mode, a bar per contestant up to the median, a whisker from least to greatest.

function at(ms) { return left + ms * scale }

function text(x, y, attributes, words) { printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, words }

function line(x1, y1, x2, y2, colour) {
  printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, colour
}

# bar CONTESTANT MODE
function bar(who, mode,    sample, middle, words) {
  sample = who "-" mode
  middle = y + bar_height / 2
  text(left - 10, middle + 4, "text-anchor=\"end\"" (who == "ours" ? " font-weight=\"bold\"" : ""), label[who])
  if (count[sample]) {
    printf "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", left, y, median(sample) * scale, bar_height, colour[who]
    line(at(least(sample)), middle, at(greatest(sample)), middle, ink)
    line(at(least(sample)), middle - 4, at(least(sample)), middle + 4, ink)
    line(at(greatest(sample)), middle - 4, at(greatest(sample)), middle + 4, ink)
    words = sprintf("%.2f s", median(sample) / 1000)
    if (count[sample] < count[who "-up"]) words = words sprintf(", %d of %d runs", count[sample], count[who "-up"])
    text(at(greatest(sample)) + 8, middle + 4, "font-weight=\"bold\"", words)
  } else {
    text(left + 8, middle + 4, "fill=\"" faint "\"", "never")
  }
  y += bar_height + 8
}

function group(title, remark, mode,    i) {
  y += 10
  text(left, y + 6, "", "<tspan font-weight=\"bold\">" title "</tspan> <tspan fill=\"" faint "\">" remark "</tspan>")
  y += 18
  for (i = 1; i <= 3; i++) bar(bars[i], mode)
  y += 6
}

function grid(top, bottom,    s) {
  for (s = 0; s <= seconds; s++) {
    line(at(s * 1000), top, at(s * 1000), bottom, "#e4e8ec")
    text(at(s * 1000), bottom + 16, "text-anchor=\"middle\" fill=\"" faint "\"", s == seconds ? s " s" : s)
  }
}

END {
  derive()
  split("ours peer floor", bars)
  colour["ours"] = "#2469c8"
  colour["peer"] = "#b4bcc6"
  colour["floor"] = "#d8dee5"
  ink = "#1c2733"
  faint = "#66727f"
  width = 800
  height = 322
  left = 170
  bar_height = 22
  for (i = 1; i <= 3; i++) if (greatest(bars[i] "-up") > longest) longest = greatest(bars[i] "-up")
  seconds = int(longest / 1000) + 1
  scale = (width - left - 150) / (seconds * 1000)

  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" fill=\"%s\">\n", width, height, width, height, ink
  printf "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#ffffff\"/>\n", width, height
  text(left, 28, "font-size=\"16\" font-weight=\"bold\"", "Time to connect with nmcli")
  text(left, 47, "fill=\"" faint "\"", sprintf("median of %d runs each in the same guest; whiskers: the fastest and the slowest run", count["ours-up"]))
  y = 58
  grid(y, height - 30)
  group("No LCP request is lost", "(in runs that lost one, the silence after it is taken off)", "heard")
  group("The first LCP request is lost", "(and repeated after 3 s)", "unheard")
  print "</svg>"
}
