/** Words and controls that several rules on encryption share. */
export const AT_REST = "Whoever gets at the storage, a snapshot or a backup reads the data.";
export const IN_TRANSIT = "Passwords and data can be read and changed on the way.";
export const NIST_AT_REST = { "nist-800-53": ["SC-13", "SC-28", "SC-28(1)"] };
export const NIST_IN_TRANSIT = { "nist-800-53": ["SC-8", "SC-8(1)", "SC-13", "SC-23"] };
