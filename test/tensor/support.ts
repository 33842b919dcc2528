/** The form of this library's errors: who, what is wrong, what came, what to do. */
export const HOUSE = /^[\w(). ,#/'-]+: .+, got .+; .+/s;
