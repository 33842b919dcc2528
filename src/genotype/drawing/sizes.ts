/** Sizes in the drawing's own units, CSS pixels at its natural size. */
export const FONT = 12;
export const TITLE_FONT = 13;
export const PILL_HEIGHT = 24;
/** Distance between the middles of a node's labels. */
export const PILL_PITCH = 31;
/** Room left and right of a label's text, together. */
export const LABEL_PADDING = 20;
export const PILL_RADIUS = 7;
/** Height of an input, a node and the output. */
export const STATE_HEIGHT = 30;
export const NODE_RADIUS = 14;
export const STATE_WIDTH = 46;
/** Vertical gap between two boxes of a rank, and beside a passing line. */
export const LANE_GAP = 22;
export const PASSING_GAP = 14;
/** Horizontal room between a label and its node. */
export const MERGE_GAP = 24;
/** Least and greatest horizontal room between ranks. */
export const RANK_GAP = [40, 96] as const;
export const MARGIN = 20;
export const TITLE_HEIGHT = 30;
