import { escapeText } from './text';

/** A page that needs neither a server nor a network. */
export const htmlPage = (title: string, styles: readonly string[], body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>
${styles.join('\n')}
</style>
</head>
<body>
${body}
</body>
</html>
`;
