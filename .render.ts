import { readFileSync, writeFileSync } from 'node:fs';
import { darts } from 'noisydarts';
import { renderReport, drawAlphaHistory } from 'noisydarts/node';
const { epochs: history } = JSON.parse(readFileSync('/tmp/demo/run/history.json','utf8'));
const settings = JSON.parse(readFileSync('/tmp/demo/run/settings.json','utf8'));
writeFileSync('/tmp/demo/r.html', renderReport({ name: 'digits', space: darts(), history, epochs: history.length, settings }));
writeFileSync('/tmp/demo/a.svg', drawAlphaHistory(darts(), history));
