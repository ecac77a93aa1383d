const { readFileSync } = require('node:fs');

// The server has rendered the first frames.
if (!readFileSync('.next/server/app/index.html', 'utf8').includes('<h1>Restore</h1>')) throw new Error('not rendered');
