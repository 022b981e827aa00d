import type { Theme } from "../theme.ts";

/** What one drinks, and what one eats and drinks from. */
export const drinksAndTableware: Theme = {
  name: "drinks-and-tableware",
  classes: {
    "baby bottle": ["baby bottle"],
    milk: ["glass of milk"],
    coffee: ["hot beverage"],
    tea: ["teacup without handle"],
    sake: ["sake"],
    champagne: ["bottle with popping cork"],
    wine: ["wine glass"],
    martini: ["cocktail glass"],
    "mai tai": ["tropical drink"],
    ale: ["beer mug"],
    cheers: ["clinking beer mugs"],
    toast: ["clinking glasses"],
    scotch: ["tumbler glass"],
    dinner: ["fork and knife with plate"],
    cutlery: ["fork and knife"],
    spoon: ["spoon"],
    blade: ["kitchen knife"],
    jug: ["amphora"],
    pan: ["shallow pan of food"],
    stew: ["pot of food"],
  },
};
