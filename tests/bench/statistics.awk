# Reads the runs and knows what is asked of them. To be read before table.awk or bars.awk.
#
# In: lines "ROUND NAME VALUE"; NAME is CONTESTANT-WHAT as in cases/round. Round 0 warms the guest up and does not count.
# A run has two times: as it was, and without the silence after a lost LCP request, as if none had been lost.

function note(sample, value) { samples[sample, ++count[sample]] = value }

$1 != 0 && NF == 3 {
  if ($2 ~ /-stage-/ && !($2 in count)) stages[++stage_count] = $2
  note($2, $3)
}

# After the last line: the samples that follow from the others.
function derive(    who, run, i, up, lost) {
  split("floor ours peer", contestants)
  label["floor"] = "the daemons alone"
  label["ours"] = "nm-l2tp"
  label["peer"] = "NetworkManager-l2tp"
  for (i = 1; i <= 3; i++) {
    who = contestants[i]
    for (run = 1; run <= count[who "-up"]; run++) {
      up = samples[who "-up", run]
      lost = samples[who "-lost", run]
      note(who "-heard", up - samples[who "-silence", run])
      lost_by[who, lost]++
      if (lost != "none") note(who "-unheard", up)
    }
  }
}

function sort(sample,    i, j, value) {
  for (i = 2; i <= count[sample]; i++) {
    value = samples[sample, i]
    for (j = i; j > 1 && samples[sample, j - 1] > value; j--) samples[sample, j] = samples[sample, j - 1]
    samples[sample, j] = value
  }
}
function least(sample) { sort(sample); return samples[sample, 1] }
function greatest(sample) { sort(sample); return samples[sample, count[sample]] }
function median(sample,    n) {
  sort(sample)
  n = count[sample]
  return n % 2 ? samples[sample, (n + 1) / 2] : (samples[sample, n / 2] + samples[sample, n / 2 + 1]) / 2
}
