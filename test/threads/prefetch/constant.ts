/** No function. */
export default 3;
