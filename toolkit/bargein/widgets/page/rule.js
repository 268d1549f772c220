// The decision rule of bargein.vad.rule, line by line; tests/widgets/test_rule_in_page.py holds the two together.
// Scores are read in double precision: 0.35 in single precision is over 0.35, and would be taken for it.

// Whole frames, as bargein.units counts: the end silence rounded up, the least speech strictly longer.
function framesOf(rule, hop, rate) {
  return {
    silence: Math.ceil((rule.silence_duration_ms * rate) / (1000 * hop)),
    speech: Math.floor(Math.floor((rule.min_speech_ms * rate) / 1000) / hop) + 1,
  };
}

// Pairs of numbers: deciding frame; onset frame b of a start, ~b of the first low frame of a stop. The last entry of
// `open` is the onset of speech that is announced and not yet ended, -1 where there is none.
function decide(values, enter, leave, silence, speech) {
  const edges = [];
  let onset = -1, low = -1, announced = false;
  for (let i = 0; i < values.length; i++) {
    const p = values[i];
    if (p >= enter) {
      low = -1;
      if (onset < 0) onset = i;
    } else if (p < leave && onset >= 0) {
      if (low < 0) low = i;
      if (i - low >= silence) {
        if (announced) edges.push(i, ~low);
        onset = low = -1;
        announced = false;
      }
    }
    if (onset >= 0 && low < 0 && !announced && i + 1 - onset >= speech) {
      edges.push(i, onset);
      announced = true;
    }
  }
  return { edges, open: announced ? onset : -1 };
}

// Everything that is drawn of one rule, in ms of the session: stretches of speech, what padding keeps before them, when
// each start and stop is known, and the stops that cut a turn off.
function applied(values, s, rule, turns) {
  const { silence, speech } = framesOf(rule, s.hop, s.rate);
  const { edges, open } = decide(values, rule.enter, rule.leave, silence, speech);
  const begins = (frame) => Math.floor((frame * s.hop * 1000) / s.rate), o = s.origin_ms;
  const known = (frame) => Math.ceil((((frame + 1) * s.hop + s.look_ahead) * 1000) / s.rate) + o;
  const n = edges.length >> 1, starts = [], stops = [], spoken = [], kept = [], cuts = [];
  for (let k = 0; k < n; k++) {
    const frame = edges[2 * k], boundary = edges[2 * k + 1];
    if (boundary >= 0) {
      starts.push(known(frame));
      spoken.push([begins(boundary) + o, null]);
      kept.push([Math.max(begins(boundary) - rule.prefix_padding_ms, 0) + o, begins(boundary) + o]);
    } else {
      stops.push(known(frame));
      spoken[spoken.length - 1][1] = begins(~boundary) + o;
    }
  }
  if (open >= 0) spoken[spoken.length - 1][1] = Math.ceil((s.samples * 1000) / s.rate) + o;
  let first = 0; // turns before it have ended: both stops and turns are in order
  stops.forEach((at, k) => {
    while (first < turns.length && turns[first][1] <= at) first++;
    for (let i = first; i < turns.length && turns[i][0] < at; i++) {
      if (spoken[k][0] < turns[i][1] && at < turns[i][1]) { cuts.push(at); break; }
    }
  });
  return { starts, stops, spoken, kept, cuts };
}

// The exit threshold in force: Silero's 0.15 under enter, at least 0.01, where none is set.
const exitOf = (enter, exit) => (exit === null ? Math.min(enter, Math.max(enter - 0.15, 0.01)) : exit);
