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
    "popping cork": ["bottle with popping cork"],
    wine: ["wine glass"],
    cocktail: ["cocktail glass"],
    "tropical drink": ["tropical drink"],
    beer: ["beer mug"],
    "beer mugs": ["clinking beer mugs"],
    glasses: ["clinking glasses"],
    whisky: ["tumbler glass"],
    plate: ["fork and knife with plate"],
    "fork and knife": ["fork and knife"],
    spoon: ["spoon"],
    knife: ["kitchen knife"],
    amphora: ["amphora"],
    pan: ["shallow pan of food"],
    pot: ["pot of food"],
  },
};
