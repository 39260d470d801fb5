// Counts differing pixels of raw RGBA pairs: node pixelmatch.js JOBS.json, each job {one, other, width, height, options}.
import { readFileSync } from 'node:fs';
import pixelmatch from 'pixelmatch';

const jobs = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const counts = jobs.map(({ one, other, width, height, options }) =>
  pixelmatch(readFileSync(one), readFileSync(other), null, width, height, options));
console.log(JSON.stringify(counts));
