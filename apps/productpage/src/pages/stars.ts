/** Stars of a rating, as a drawing that needs no font and no inline style. */

const most = 5
const size = 24
const star = 'M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5-5.9-3.2-5.9 3.2 1.2-6.5L2.5 9.5l6.6-.9z'

/** Only colour names: an unknown one is drawn in the colour of the text. */
const colorName = /^[A-Za-z]{1,20}$/

/** One path for each star. Tutorials and tests look for the words `glyphicon glyphicon-star` and count them; empty stars must not match. */
export function stars(rating: { stars: number; color: string }): string {
  const count = Math.max(0, Math.min(most, rating.stars))
  const color = colorName.test(rating.color) ? rating.color : 'currentColor'
  const named = color === 'currentColor' ? '' : `, ${color}`
  return `<svg class="stars" role="img" aria-label="${count} of ${most} stars${named}" width="${most * size}" height="${size}" color="${color}">${drawn[count]}</svg>`
}

/** Only the stars, by their count. */
const drawn = Array.from({ length: most + 1 }, (_, count) =>
  Array.from({ length: most }, (_star, place) => {
    const name = place < count ? 'glyphicon glyphicon-star' : 'unlit'
    return `<path class="${name}" transform="translate(${place * size})" d="${star}"/>`
  }).join(''),
)
