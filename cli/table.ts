import pc from "picocolors";

/** Tables carry colour only where somebody looks at it. */
export const TABLE_STYLE = pc.isColorSupported ? {} : { style: { head: [], border: [] } };

/** One line for each row, without rules between them: for what there are dozens of. */
export const LIST_STYLE = {
  chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  ...TABLE_STYLE,
};
