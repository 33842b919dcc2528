/** How errors name an option of `fn`: by the function alone where it is the one of that name. */
export const optionOf = (fn: string, option: string): string => (fn === option ? fn : `${fn}, ${option}`);
